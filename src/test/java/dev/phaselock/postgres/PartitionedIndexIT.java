package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.api.CreateIndexSpec.Parameter;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes of partitioned tables. */
class PartitionedIndexIT {
    private static final String[] SETUP = {
        "CREATE SCHEMA s",
        "CREATE TABLE t (id int, c int, e text) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY LIST (abs(id))",
        "CREATE TABLE s.t21 PARTITION OF t2 FOR VALUES IN (100, 101)",
        "CREATE TABLE t22 (gone int, e text, c int, id int)",
        "ALTER TABLE t22 DROP COLUMN gone",
        "ALTER TABLE t2 ATTACH PARTITION t22 DEFAULT",
        "INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1, 150) AS g"
    };

    private static final ChangeSpec CHANGE = index("i", Column.of("c"));

    private static ChangeSpec index(@Nullable String name, Column... columns) {
        return ChangeSpec.of(new CreateIndexSpec("t", name, List.of(columns), null, null, null, null, null, null));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsAsThePlainStatementMakesItOnAllLevels(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(SETUP),
                List.of(
                        "CREATE INDEX i ON t (c)",
                        "CREATE INDEX ON t (lower(e), (t.c + 1)) INCLUDE (id) WITH (fillfactor = 70) WHERE t.c > 0"),
                CHANGE,
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        null,
                        List.of(
                                new Column(null, "lower(e)", null, null, null, null),
                                new Column(null, "t.c + 1", null, null, null, null)),
                        List.of("id"),
                        null,
                        null,
                        null,
                        "t.c > 0",
                        List.of(new Parameter("fillfactor", "70")))));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aUniqueOneThatHasThePartitionKey(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE t (id int, c int) PARTITION BY HASH (id)",
                        "CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                        "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                        "INSERT INTO t SELECT g, g FROM generate_series(1, 100) AS g"),
                List.of("CREATE UNIQUE INDEX i ON t (c, id)"),
                ChangeSpec.of(new CreateIndexSpec(
                        "t", "i", List.of(Column.of("c"), Column.of("id")), null, null, true, null, null, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withoutPartitionsAndWithOnesThatHaveSuchAnIndex(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of("CREATE TABLE t (id int, c int) PARTITION BY RANGE (id)"),
                List.of("CREATE INDEX i ON t (c)"),
                CHANGE);
        List<String> setup = new java.util.ArrayList<>(List.of(SETUP));
        setup.add("CREATE INDEX mine ON t1 (c)");
        setup.add("CREATE INDEX theirs ON t22 (c)");
        PlanTrial.equalsPlain(server, setup, List.of("CREATE INDEX i ON t (c)"), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void eachStatementLeavesAStateFromWhichItGoesOn(PgServer server) throws SQLException {
        PgDatabase plain = server.newDatabase();
        plain.execute(SETUP);
        plain.execute("CREATE INDEX i ON t (c)");
        int statements = 8;
        for (int cut = 0; cut < statements; cut++) {
            PgDatabase database = server.newDatabase();
            database.execute(SETUP);
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                Plan plan = PlanTrial.plan(connection, dev.phaselock.change.Changes.from(List.of(CHANGE)));
                List<String> sql = plan.phases().stream()
                        .flatMap(phase -> phase.sql().stream())
                        .toList();
                assertThat(sql).hasSize(statements - 1);
                for (String one : sql.subList(0, cut)) {
                    statement.execute(one);
                }
                Plan again = Plans.of(connection, CHANGE);
                assertThat(again.hash()).isEqualTo(plan.hash());
                assertThat(again.validated()).isEqualTo(cut == statements - 1);
                Plans.carryOut(connection, again);
                assertThat(Plans.of(connection, CHANGE).validated()).isTrue();
            }
            assertThat(PlanTrial.schema(database)).isEqualTo(PlanTrial.schema(plain));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void underTheLocksAPartitionWithoutItsIndexIsSeen(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            Plan plan = Plans.of(connection, CHANGE);
            Step.Brief create = (Step.Brief) plan.phases().getLast().steps().getFirst();
            assertThat(isTrue(statement, create)).isFalse();
            for (Step step : plan.phases().getFirst().steps()) {
                for (String sql : ((Step.Concurrent) step).statements()) {
                    statement.execute(sql);
                }
            }
            assertThat(isTrue(statement, create)).isTrue();
            statement.execute("DROP INDEX s.t21_c_idx");
            assertThat(isTrue(statement, create)).isFalse();
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
    void whatIsThereIsAdoptedOrNamed(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        database.execute("CREATE INDEX i ON t (c)");
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
            assertThat(Plans.of(connection, index(null, Column.of("c"))).phases())
                    .allMatch(Phase::done);
            database.execute("DROP INDEX i", "CREATE INDEX i ON ONLY t (c)");
            assertThatThrownBy(() -> Plans.of(connection, CHANGE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("not every partition has a valid part of it");
            database.execute("DROP INDEX i", "CREATE INDEX between ON t2 (c)");
            assertThatThrownBy(() -> Plans.of(connection, CHANGE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("public.t2, a partition that is partitioned itself, has such an index");
        }
    }
}
