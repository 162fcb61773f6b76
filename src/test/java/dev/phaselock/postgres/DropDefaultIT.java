package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropDefaultSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropDefaultIT {
    private static final String T =
            "CREATE TABLE t (id int, c varchar(9) DEFAULT 'old', i int GENERATED ALWAYS AS IDENTITY,"
                    + " g int GENERATED ALWAYS AS (id + 1) STORED)";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, c text DEFAULT 'old') PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE t21 PARTITION OF t2 (c DEFAULT 'own') FOR VALUES FROM (100) TO (200)");
    private static final String PLAIN = "ALTER TABLE t ALTER c DROP DEFAULT";
    private static final ChangeSpec CHANGE = dropDefault("t", "c");

    private static ChangeSpec dropDefault(String table, String column) {
        return ChangeSpec.of(new DropDefaultSpec(table, column));
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
    void whatHasNoDefaultIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "identity column", dropDefault("t", "i"), T);
        PlanTrial.assertRefused(server, "generated column", dropDefault("t", "g"), T);
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
