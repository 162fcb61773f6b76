package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetNotNullIT {
    private static final String T = "CREATE TABLE t (id int PRIMARY KEY, c int, \"C %'$1\" text)";
    private static final String ROWS = "INSERT INTO t (id, c) VALUES (1, 1), (101, 2), (151, 3)";

    private static final String PLAIN = "ALTER TABLE t ALTER c SET NOT NULL";
    private static final ChangeSpec CHANGE = setNotNull("t", "c");

    static ChangeSpec setNotNull(String table, String column) {
        return ChangeSpec.of(new SetNotNullSpec(table, column));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aColumnGetsNotNullAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(T, ROWS), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void namesThatNeedQuotesAndAreLong(PgServer server) throws SQLException {
        String column = "\"Größe ' \"\" $phaselock$ ; {d} ? " + "ü".repeat(15) + "\"";
        PlanTrial.equalsPlain(
                server,
                List.of("CREATE TABLE \"T'$1\" (" + column + " int)"),
                List.of("ALTER TABLE \"T'$1\" ALTER " + column + " SET NOT NULL"),
                setNotNull("\"T'$1\"", column));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofACompositeTypeAndOfItsDomain(PgServer server) throws SQLException {
        List<String> setup = List.of(
                "CREATE TYPE pair AS (a int, b int)",
                "CREATE DOMAIN couple AS pair",
                "CREATE TABLE t (c pair, d couple)",
                // Not null, although IS NOT NULL is false of it.
                "INSERT INTO t VALUES (ROW(1, NULL), ROW(NULL, NULL))");
        PlanTrial.equalsPlain(
                server,
                setup,
                List.of("ALTER TABLE t ALTER c SET NOT NULL", "ALTER TABLE t ALTER d SET NOT NULL"),
                setNotNull("t", "c"),
                setNotNull("t", "d"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableOneOfWhosePartitionsHasIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE t (id int, c int) PARTITION BY RANGE (id)",
                        "CREATE TABLE t1 PARTITION OF t (c NOT NULL) FOR VALUES FROM (0) TO (100)",
                        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
                        "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (150)",
                        "CREATE TABLE t22 (gone int, c int, id int)",
                        "ALTER TABLE t22 DROP COLUMN gone",
                        "ALTER TABLE t2 ATTACH PARTITION t22 FOR VALUES FROM (150) TO (200)",
                        ROWS),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAnInheritanceParent(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(T, ROWS, "CREATE TABLE tc () INHERITS (t)", "CREATE TABLE tcc () INHERITS (tc)"),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aValidCheckOfSomebodyElsesIsProofAndStays(PgServer server) throws SQLException {
        List<String> setup = List.of(T, ROWS, "ALTER TABLE t ADD CONSTRAINT mine CHECK (c IS NOT NULL)");
        PlanTrial.equalsPlain(server, setup, List.of(PLAIN), CHANGE);
        PgDatabase database = server.newDatabase();
        database.execute(setup.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, CHANGE).phases().stream()
                            .filter(phase -> !phase.done())
                            .map(Phase::name)
                            .toList())
                    .isEqualTo(server.major() < 18 ? List.of("4-apply") : List.of("1-verify", "2-apply", "3-validate"));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsThereIsAdoptedWithoutAnyStatement(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, PLAIN);
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, CHANGE, setNotNull("t", "id"));
            assertThat(plan.phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void violatingRowsAreFoundByTheValidationsQueries(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, "INSERT INTO t (id, c) VALUES (1, NULL), (2, 2), (3, NULL)");
        try (Connection connection = database.connect()) {
            assertThat(Plans.violations(connection, Plans.of(connection, CHANGE)))
                    .isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneLeftNotValidByOurselvesOrOthersIsFinished(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, ROWS);
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, CHANGE);
            database.execute(plan.phases().get(1).sql().getFirst());
            Plan half = Plans.of(connection, CHANGE);
            assertThat(half.hash()).isEqualTo(plan.hash());
            assertThat(half.phases().get(1).done()).isTrue();
            assertThat(half.phases().get(2).done()).isFalse();
            // Somebody is faster: what we put there goes all the same.
            database.execute(PLAIN);
            Plans.carryOut(connection, Plans.of(connection, CHANGE));
            assertThat(Plans.of(connection, CHANGE).validated()).isTrue();
        }
        assertThat(database.query("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = 't'::regclass"))
                .isEmpty();
    }

    static Stream<PgServer> before18() {
        return PgServers.between(13, 17);
    }

    @ParameterizedTest
    @MethodSource("before18")
    void aCheckOfOurNameThatSaysSomethingElseIsRefusedAndStays(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, ROWS);
        try (Connection connection = database.connect()) {
            String sql = Plans.of(connection, CHANGE).phases().get(1).sql().getFirst();
            database.execute(sql.replace("IS DISTINCT FROM NULL", "> 0"));
            assertThatThrownBy(() -> Plans.of(connection, CHANGE))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("phaselock_not_null_c_")
                    .hasMessageContaining("CHECK ((c > 0))");
        }
    }
}
