package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetDefaultIT {
    private static final String T =
            "CREATE TABLE t (id int, c varchar(9) DEFAULT 'old', i int GENERATED ALWAYS AS IDENTITY,"
                    + " g int GENERATED ALWAYS AS (id + 1) STORED)";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, c text DEFAULT 'old') PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE t21 PARTITION OF t2 (c DEFAULT 'own') FOR VALUES FROM (100) TO (200)");
    private static final String PLAIN = "ALTER TABLE t ALTER c SET DEFAULT upper('new') || 1";
    private static final ChangeSpec CHANGE = setDefault("t", "c", "upper('new') || 1");

    private static ChangeSpec setDefault(String table, String column, String expression) {
        return ChangeSpec.of(new SetDefaultSpec(table, column, expression));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(T, "INSERT INTO t (id) VALUES (1)"), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableAlsoWhereOnlyAPartitionHasAnother(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, PARTITIONED, List.of(PLAIN), CHANGE);
        List<String> setup = Stream.concat(
                        PARTITIONED.stream(), Stream.of(PLAIN, "ALTER TABLE t21 ALTER c SET DEFAULT 'other'"))
                .toList();
        PlanTrial.equalsPlain(server, setup, List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsComparedAsTheServerWritesItDown(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE SEQUENCE s", "CREATE TABLE t (c timestamptz, n numeric(9, 2), s bigint, v varchar(9))");
        for (String[] one : new String[][] {
            {"c", "now() + '1 day'", "(now()) + interval '1 day'::interval"},
            {"n", "1", "1 :: numeric"},
            {"s", "nextval('s')", "nextval('public.s'::regclass)"},
            {"v", "'a'", "'a'::varchar"}
        }) {
            database.execute("ALTER TABLE t ALTER " + one[0] + " SET DEFAULT " + one[1]);
            try (Connection connection = database.connect()) {
                assertThat(Plans.of(connection, setDefault("t", one[0], one[1])).phases())
                        .as(one[1])
                        .allMatch(Phase::done);
                assertThat(Plans.of(connection, setDefault("t", one[0], "NULL")).phases())
                        .noneMatch(Phase::done);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void nullIsNoDefault(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, List.of(T), List.of("ALTER TABLE t ALTER c SET DEFAULT NULL"), setDefault("t", "c", "NULL"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeADefaultIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "identity column", setDefault("t", "i", "1"), T);
        PlanTrial.assertRefused(server, "generated column", setDefault("t", "g", "1"), T);
        PlanTrial.assertRefused(server, "cannot use column reference", setDefault("t", "c", "id"), T);
        PlanTrial.assertRefused(server, "is of type", setDefault("t", "id", "now()"), T);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, PLAIN);
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }
}
