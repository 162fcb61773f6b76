package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unique and primary keys of partitioned tables. */
class PartitionedKeyIT {
    private static final List<String> SETUP = List.of(
            "CREATE SCHEMA s",
            "CREATE TABLE t (id int, c int, e text) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY LIST (c)",
            "CREATE TABLE s.t21 PARTITION OF t2 FOR VALUES IN (100, 101)",
            "CREATE TABLE t22 (gone int, e text, c int, id int)",
            "ALTER TABLE t22 DROP COLUMN gone",
            "ALTER TABLE t2 ATTACH PARTITION t22 DEFAULT",
            "INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1, 150) AS g");

    private static ChangeSpec unique(@Nullable String name, String... columns) {
        return ChangeSpec.of(new AddUniqueSpec("t", name, List.of(columns), null, null, null, null, null));
    }

    private static ChangeSpec primary(@Nullable String name, String... columns) {
        return ChangeSpec.of(new AddPrimaryKeySpec("t", name, List.of(columns), null, null, null, null));
    }

    private static List<String> with(String... more) {
        return Stream.concat(SETUP.stream(), Stream.of(more)).toList();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aUniqueOneIsAsThePlainStatementMakesItOnAllLevels(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                SETUP,
                List.of(
                        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (c, id)",
                        "ALTER TABLE t ADD UNIQUE (id, c) INCLUDE (e) DEFERRABLE INITIALLY DEFERRED"),
                unique("u", "c", "id"),
                ChangeSpec.of(new AddUniqueSpec("t", null, List.of("id", "c"), List.of("e"), null, true, true, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPrimaryKeyIsAsThePlainStatementsMakeIt(PgServer server) throws SQLException {
        List<String> plain = new ArrayList<>(
                List.of("ALTER TABLE t ALTER COLUMN id SET NOT NULL", "ALTER TABLE t ALTER COLUMN c SET NOT NULL"));
        if (server.major() >= 18) {
            // A key that is made of an index makes NOT NULL the partition's own, too.
            for (String leaf : List.of("public.t1", "s.t21", "public.t22")) {
                String name = leaf.substring(leaf.indexOf('.') + 1) + "_pkey";
                plain.add("CREATE UNIQUE INDEX " + name + " ON " + leaf + " (id, c)");
                plain.add("ALTER TABLE " + leaf + " ADD PRIMARY KEY USING INDEX " + name);
            }
        }
        plain.add("ALTER TABLE t ADD PRIMARY KEY (id, c)");
        PlanTrial.equalsPlain(server, SETUP, plain, primary(null, "id", "c"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withoutPartitionsAndWithOnesThatHaveSuchAKey(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of("CREATE TABLE t (id int NOT NULL, c int NOT NULL) PARTITION BY RANGE (id)"),
                List.of("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id, c)"),
                primary("k", "id", "c"));
        PlanTrial.equalsPlain(
                server,
                with("ALTER TABLE t1 ADD CONSTRAINT mine UNIQUE (id, c)", "CREATE UNIQUE INDEX plain ON t22 (id, c)"),
                List.of("ALTER TABLE t ADD CONSTRAINT u UNIQUE (id, c)"),
                unique("u", "id", "c"));
    }

    static Stream<Arguments> keys() {
        return PgServers.all()
                .flatMap(server -> Stream.of(
                        Arguments.of(server, unique("u", "id", "c")), Arguments.of(server, primary("k", "id", "c"))));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void eachStatementLeavesAStateFromWhichItGoesOn(PgServer server, ChangeSpec change) throws SQLException {
        PgDatabase whole = server.newDatabase();
        whole.execute(SETUP.toArray(String[]::new));
        PlanTrial.carryOut(whole, List.of(change));
        List<String> wanted = PlanTrial.schema(whole);
        int statements = 1;
        for (int cut = 0; cut < statements; cut++) {
            PgDatabase database = server.newDatabase();
            database.execute(SETUP.toArray(String[]::new));
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                Plan plan = Plans.of(connection, change);
                List<String> sql = new ArrayList<>();
                for (Phase phase : plan.phases()) {
                    for (Step step : phase.steps()) {
                        switch (step) {
                            case Step.Brief brief -> sql.add(String.join(";", brief.statements()));
                            case Step.Validate validate -> sql.add(validate.statement());
                            case Step.Concurrent concurrent -> sql.addAll(concurrent.statements());
                            default -> {}
                        }
                    }
                }
                statements = sql.size();
                for (String one : sql.subList(0, cut)) {
                    statement.execute(one);
                }
                Plan again = Plans.of(connection, change);
                assertThat(again.hash()).isEqualTo(plan.hash());
                assertThat(again.validated()).isFalse();
                Plans.carryOut(connection, again);
                assertThat(Plans.of(connection, change).validated()).isTrue();
            }
            assertThat(PlanTrial.schema(database)).as("cut after %d", cut).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPartitionThatIsCreatedMeanwhileIsANewStep(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        ChangeSpec change = unique("u", "id", "c");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            Plan plan = PlanTrial.plan(connection, Changes.from(List.of(change)));
            for (Phase phase : plan.phases().subList(0, 2)) {
                for (String sql : phase.sql()) {
                    statement.execute(sql);
                }
            }
            Step.Brief add = (Step.Brief) plan.phases().getLast().steps().getFirst();
            assertThat(isTrue(statement, add)).isTrue();
            statement.execute("CREATE TABLE t3 PARTITION OF t FOR VALUES FROM (200) TO (300)");
            assertThat(isTrue(statement, add)).isFalse();
            Plan again = Plans.of(connection, change);
            assertThat(again.hash()).isEqualTo(plan.hash());
            assertThat(again.phases()).extracting(Phase::done).containsExactly(false, false, false);
            Plans.carryOut(connection, again);
            assertThat(Plans.of(connection, change).validated()).isTrue();
        }
    }

    private static boolean isTrue(Statement statement, Step.Brief step) throws SQLException {
        try (var row = statement.executeQuery("SELECT " + step.guard())) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefusedWithItsReason(PgServer server) throws SQLException {
        refused(server, "must include all", unique("u", "c"));
        refused(server, "those of public.t2 are not in it", unique("u", "id"));
        refused(
                server,
                "is partitioned: PostgreSQL has no ADD CONSTRAINT USING INDEX",
                ChangeSpec.of(new AddUniqueSpec("t", "u", List.of("id", "c"), null, null, null, null, "i")));
        refused(
                server,
                "public.t2, a partition, has a key of its own already, mine UNIQUE (id, c)",
                unique("u", "id", "c"),
                "ALTER TABLE t2 ADD CONSTRAINT mine UNIQUE (id, c)");
        refused(
                server,
                "public.t1, a partition, has a key of its own already, t1_pkey PRIMARY KEY (id)",
                primary("k", "id", "c"),
                "ALTER TABLE t1 ADD PRIMARY KEY (id)");
        refused(
                server,
                "not every partition has a valid part of it",
                unique("u", "id", "c"),
                "ALTER TABLE ONLY t ADD CONSTRAINT u UNIQUE (id, c)");
    }

    private static void refused(PgServer server, String message, ChangeSpec change, String... more)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(more).toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
