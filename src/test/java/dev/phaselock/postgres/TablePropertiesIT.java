package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.SetReplicaIdentitySpec;
import dev.phaselock.api.SetReplicaIdentitySpec.Identity;
import dev.phaselock.api.SetRowSecuritySpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row level security and replica identity. */
class TablePropertiesIT {
    private static final String[] SETUP = {
        "CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL, d int)",
        "CREATE UNIQUE INDEX \"I $1'\" ON t (c) INCLUDE (d)",
        "CREATE UNIQUE INDEX nullable ON t (d)",
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)"
    };
    private static final String PROPERTIES = """
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
                   (SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident)
            FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1""";

    private static void asPlain(PgServer server, String plain, OperationSpec operation) throws SQLException {
        PgDatabase other = server.newDatabase();
        other.execute(SETUP);
        other.execute(plain);
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        ChangeSpec change = ChangeSpec.of(operation);
        PlanTrial.carryOut(database, List.of(change));
        assertThat(database.query(PROPERTIES)).isEqualTo(other.query(PROPERTIES));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, change).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowSecurityIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        asPlain(server, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", new SetRowSecuritySpec("t", true, null));
        asPlain(
                server,
                "ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
                new SetRowSecuritySpec("p", true, true));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theReplicaIdentityIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        asPlain(server, "ALTER TABLE t REPLICA IDENTITY FULL", new SetReplicaIdentitySpec("t", Identity.FULL, null));
        asPlain(
                server,
                "ALTER TABLE p REPLICA IDENTITY NOTHING",
                new SetReplicaIdentitySpec("p", Identity.NOTHING, null));
        asPlain(
                server,
                "ALTER TABLE t REPLICA IDENTITY USING INDEX \"I $1'\"",
                new SetReplicaIdentitySpec("t", null, "\"I $1'\""));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anIndexThatCannotNameRowsIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        refused(database, "nullable must be unique", new SetReplicaIdentitySpec("t", null, "nullable"));
        refused(database, "it has no index missing", new SetReplicaIdentitySpec("t", null, "missing"));
    }

    private static void refused(PgDatabase database, String message, OperationSpec operation) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, ChangeSpec.of(operation)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
