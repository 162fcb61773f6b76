package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AlterConstraintSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlterConstraintIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY)",
            "CREATE TABLE t (id int UNIQUE, c int CONSTRAINT \"F $1'\" REFERENCES p, CONSTRAINT positive CHECK (c > 0))",
            "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE pt (id int, c int, CONSTRAINT fk FOREIGN KEY (c) REFERENCES p) PARTITION BY RANGE (id)",
            "CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)",
            "CREATE TABLE pt21 PARTITION OF pt2 FOR VALUES FROM (10) TO (20)",
            "CREATE TABLE q (c int CONSTRAINT qf REFERENCES r)",
            "INSERT INTO p VALUES (1)",
            "INSERT INTO t VALUES (1, 1)");

    private static ChangeSpec alter(String table, String name, boolean deferrable, boolean deferred) {
        return ChangeSpec.of(new AlterConstraintSpec(table, name, deferrable, deferred));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                SETUP,
                List.of("ALTER TABLE t ALTER CONSTRAINT \"F $1'\" DEFERRABLE INITIALLY DEFERRED"),
                alter("t", "\"F $1'\"", true, true));
        PlanTrial.equalsPlain(
                server,
                with("ALTER TABLE t ALTER CONSTRAINT \"F $1'\" DEFERRABLE INITIALLY DEFERRED"),
                List.of("ALTER TABLE t ALTER CONSTRAINT \"F $1'\" DEFERRABLE INITIALLY IMMEDIATE"),
                alter("t", "\"F $1'\"", true, false));
        PlanTrial.equalsPlain(
                server,
                with("ALTER TABLE t ALTER CONSTRAINT \"F $1'\" DEFERRABLE INITIALLY DEFERRED"),
                List.of("ALTER TABLE t ALTER CONSTRAINT \"F $1'\" NOT DEFERRABLE"),
                alter("t", "\"F $1'\"", false, false));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableItIsOfAllPartitions(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                SETUP,
                List.of("ALTER TABLE pt ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED"),
                alter("pt", "fk", true, true));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofOneThatRefersToAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, SETUP, List.of("ALTER TABLE q ALTER CONSTRAINT qf DEFERRABLE"), alter("q", "qf", true, false));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsNoForeignKeyOrBelongsToAnotherIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "is no foreign key", alter("t", "positive", true, false));
        refused(database, "is no foreign key", alter("t", "t_id_key", true, false));
        refused(database, "is not there", alter("t", "missing", true, false));
        String part = database.queryOne(
                "SELECT conname FROM pg_constraint WHERE conrelid = 'pt1'::regclass AND contype = 'f'");
        refused(database, "alter that one", alter("pt1", part, true, false));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, alter("t", "\"F $1'\"", false, false))
                            .phases())
                    .allMatch(Phase::done);
        }
    }

    private static List<String> with(String more) {
        List<String> all = new java.util.ArrayList<>(SETUP);
        all.add(more);
        return all;
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
