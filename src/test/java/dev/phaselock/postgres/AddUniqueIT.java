package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddUniqueIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int PRIMARY KEY, c int, d int, \"C %'$1\" text COLLATE \"C\")",
            "INSERT INTO t (id, c, d, \"C %'$1\") SELECT g, g, g, 'x' || g FROM generate_series(1, 100) AS g");

    static ChangeSpec unique(@Nullable String name, String... columns) {
        return ChangeSpec.of(new AddUniqueSpec("t", name, List.of(columns), null, null, null, null, null));
    }

    private static ChangeSpec using(@Nullable String name, String index, String... columns) {
        return ChangeSpec.of(new AddUniqueSpec("t", name, List.of(columns), null, null, null, null, index));
    }

    private static List<String> setup(String... more) {
        List<String> setup = new ArrayList<>(SETUP);
        setup.addAll(List.of(more));
        return setup;
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void constraintsAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                setup("CREATE TABLE t_d_c_key (c int)"),
                List.of(
                        "ALTER TABLE t ADD CONSTRAINT u1 UNIQUE (c)",
                        "ALTER TABLE t ADD CONSTRAINT \"U'2 $phaselock$ ; ?\" UNIQUE (c, \"C %'$1\") INCLUDE (d)"
                                + " DEFERRABLE INITIALLY DEFERRED",
                        "ALTER TABLE t ADD UNIQUE (d, c)",
                        "ALTER TABLE t ADD UNIQUE (\"C %'$1\") INCLUDE (d) DEFERRABLE"),
                unique("u1", "c"),
                ChangeSpec.of(new AddUniqueSpec(
                        "t",
                        "\"U'2 $phaselock$ ; ?\"",
                        List.of("c", "\"C %'$1\""),
                        List.of("d"),
                        null,
                        true,
                        true,
                        null)),
                unique(null, "d", "c"),
                ChangeSpec.of(
                        new AddUniqueSpec("t", null, List.of("\"C %'$1\""), List.of("d"), null, true, null, null)));
    }

    static Stream<PgServer> since15() {
        return PgServers.between(15, 18);
    }

    @ParameterizedTest
    @MethodSource("since15")
    void nullsThatAreNotDistinct(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                setup(),
                List.of("ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (c, d)"),
                ChangeSpec.of(new AddUniqueSpec("t", "u", List.of("c", "d"), null, true, null, null, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anIndexThatIsThereBecomesTheConstraint(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                setup("CREATE UNIQUE INDEX i ON t (c) WITH (fillfactor = 70)", "CREATE UNIQUE INDEX j ON t (c, d)"),
                List.of(
                        "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i",
                        "ALTER TABLE t ADD CONSTRAINT j UNIQUE USING INDEX j"),
                using("u", "i", "c"),
                using(null, "j", "c", "d"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsThereIsAdoptedAndAnotherIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup(
                        "ALTER TABLE t ADD CONSTRAINT there UNIQUE (c) INCLUDE (d) DEFERRABLE",
                        "CREATE UNIQUE INDEX plain ON t (c)",
                        "CREATE INDEX i ON t (d)",
                        "CREATE UNIQUE INDEX descending ON t (d DESC)",
                        "CREATE UNIQUE INDEX partial ON t (d) WHERE d > 0",
                        "CREATE TABLE p (id int) PARTITION BY RANGE (id)")
                .toArray(String[]::new));
        try (Connection connection = database.connect()) {
            for (String name : new String[] {"there", null}) {
                ChangeSpec same =
                        ChangeSpec.of(new AddUniqueSpec("t", name, List.of("c"), List.of("d"), null, true, null, null));
                assertThat(Plans.of(connection, same).phases()).allMatch(Phase::done);
            }
        }
        refused(database, "there UNIQUE (c) INCLUDE (d) DEFERRABLE; wanted: UNIQUE (c)", unique("there", "c"));
        refused(database, "the name plain is taken in schema public: index public.plain of", unique("plain", "c"));
        refused(database, "is not one that becomes this constraint", using("u", "i", "d"));
        refused(database, "is not one that becomes this constraint", using("u", "descending", "d"));
        refused(database, "is not one that becomes this constraint", using("u", "partial", "d"));
        refused(database, "is not one that becomes this constraint", using("u", "plain", "d"));
        refused(database, "index nope of public.t is not there", using("u", "nope", "d"));
        refused(
                database,
                "is partitioned",
                ChangeSpec.of(new AddUniqueSpec("p", null, List.of("id"), null, null, null, null, "i")));
        refused(database, "column \"nope\"", unique("u", "nope"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void eachStatementLeavesAStateFromWhichItGoesOn(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, unique("u", "c"));
            assertThat(plan.phases()).extracting(Phase::name).containsExactly("1-index", "2-apply");
            database.execute(
                    plan.phases().getFirst().sql().getFirst(),
                    "UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text LIKE 'phaselock_build_u_%'");
            Plan left = Plans.of(connection, unique("u", "c"));
            assertThat(left.hash()).isEqualTo(plan.hash());
            assertThat(left.phases().getFirst().sql()).hasSize(2);
            Plans.carryOut(connection, left);
            assertThat(Plans.of(connection, unique("u", "c")).validated()).isTrue();
            assertThat(database.query(
                            "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1"))
                    .containsExactly("t_pkey", "u");
        }
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
