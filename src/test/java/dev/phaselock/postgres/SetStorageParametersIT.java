package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SetStorageParametersSpec;
import dev.phaselock.api.SetStorageParametersSpec.Parameter;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetStorageParametersIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int, e text) WITH (fillfactor = 90, parallel_workers = 3)",
            "CREATE TABLE n (id int)",
            "CREATE TABLE p (id int) PARTITION BY RANGE (id)");
    private static final String OPTIONS = "SELECT c.relname, c.reloptions, tc.reloptions FROM pg_class c"
            + " LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid WHERE c.oid = 't'::regclass";

    private static ChangeSpec set(String table, Parameter... parameters) {
        return ChangeSpec.of(new SetStorageParametersSpec(table, List.of(parameters)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theyAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PgDatabase plain = server.newDatabase();
        plain.execute(SETUP.toArray(String[]::new));
        plain.execute(
                "ALTER TABLE t SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off)",
                "ALTER TABLE t RESET (parallel_workers)");
        ChangeSpec change = set(
                "t",
                new Parameter("fillfactor", "70"),
                new Parameter("autovacuum_vacuum_scale_factor", "0.01"),
                new Parameter("toast.autovacuum_enabled", "off"),
                new Parameter("parallel_workers", null));
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        PlanTrial.carryOut(database, List.of(change));
        assertThat(database.query(OPTIONS)).isEqualTo(plain.query(OPTIONS)).isNotEmpty();
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, change).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theOneThatNeedsAStrongLockTakesIt(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        PlanTrial.carryOut(database, List.of(set("t", new Parameter("user_catalog_table", "true"))));
        assertThat(database.queryOne(
                        "SELECT 'user_catalog_table=true' = ANY (reloptions) FROM pg_class WHERE oid = 't'::regclass"))
                .isEqualTo("t");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatTheServerDoesNotTakeIsRefusedBeforeAnythingIsDone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "unrecognized parameter \"fill\"", set("t", new Parameter("fill", "70")));
        refused(database, "out of bounds", set("t", new Parameter("fillfactor", "7")));
        refused(database, "has no TOAST table", set("n", new Parameter("toast.autovacuum_enabled", "off")));
        refused(database, "is a partitioned table", set("p", new Parameter("fillfactor", "70")));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
