package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropNotNullIT {
    private static final String T =
            "CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL, i int GENERATED ALWAYS AS IDENTITY)";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, c int NOT NULL) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)");
    private static final String PLAIN = "ALTER TABLE t ALTER c DROP NOT NULL";
    private static final ChangeSpec CHANGE = dropNotNull("t", "c");

    private static ChangeSpec dropNotNull(String table, String column) {
        return ChangeSpec.of(new DropNotNullSpec(table, column));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aColumnMayBeNullAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(T), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, PARTITIONED, List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAnInheritanceParent(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(T, "CREATE TABLE tc () INHERITS (t)", "CREATE TABLE td (c int NOT NULL) INHERITS (t)"),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE TABLE t (c int)");
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatPostgresqlKeepsNotNullIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "in the primary key", dropNotNull("t", "id"), T);
        PlanTrial.assertRefused(server, "identity column", dropNotNull("t", "i"), T);
        PlanTrial.assertRefused(server, "by its parent", dropNotNull("t21", "c"), PARTITIONED.toArray(String[]::new));
    }
}
