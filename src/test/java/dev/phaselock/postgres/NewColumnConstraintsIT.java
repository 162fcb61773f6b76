package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Columns that come with a foreign key, a check or a key. */
class NewColumnConstraintsIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE)",
            "CREATE TABLE t (id int PRIMARY KEY, total int)",
            "CREATE TABLE r (id int NOT NULL, at int) PARTITION BY RANGE (id)",
            "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10)",
            // Takes a name that PostgreSQL's rule would give.
            "CREATE TABLE other (x int CONSTRAINT t_b_fkey CHECK (x > 0))",
            "INSERT INTO p VALUES (5, 'a'), (6, 'b')",
            "INSERT INTO t VALUES (1, 10), (2, 20)",
            "INSERT INTO r VALUES (1, 10)");

    private static final List<String> WANTED = List.of(
            "ALTER TABLE t ADD COLUMN a int CONSTRAINT \"To $1'\" REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE"
                    + " DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE t ADD COLUMN b text REFERENCES p (code)",
            "ALTER TABLE t ADD c int DEFAULT 5 NOT NULL REFERENCES p CHECK (c > 0)",
            "ALTER TABLE t ADD COLUMN d int CONSTRAINT small CHECK (t.d < 10) REFERENCES t",
            "ALTER TABLE t ADD COLUMN e int DEFAULT 7 CHECK (e > 0), ADD COLUMN f text UNIQUE",
            "ALTER TABLE t ADD COLUMN g int DEFAULT (random() * 0)::int + 5 NOT NULL REFERENCES p CHECK (g > 0)");

    /** Before 18 the key of a partitioned table's leaves is not inherited when it is added to each. */
    private static final List<String> PARTITIONED = List.of(
            "ALTER TABLE r ADD COLUMN a int REFERENCES p CHECK (a > 0)",
            "ALTER TABLE r ADD COLUMN c int CHECK (c > 0)");

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void columnsAndTheirConstraintsAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, WANTED, Sql.changes(WANTED));
        PlanTrial.equalsPlain(server, SETUP, PARTITIONED, Sql.changes(PARTITIONED));
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        PlanTrial.carryOut(database, List.of(Sql.changes("ALTER TABLE r ADD COLUMN b int DEFAULT 5 REFERENCES p")));
        assertThat(database.query("SELECT conrelid::regclass, convalidated FROM pg_constraint WHERE contype = 'f'"
                        + " AND confrelid = 'p'::regclass ORDER BY 1"))
                .containsExactly("r|t", "r1|t");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsThereIsDone(PgServer server) throws SQLException {
        for (List<String> wanted : List.of(WANTED, PARTITIONED)) {
            PgDatabase database = server.newDatabase();
            database.execute(SETUP.toArray(String[]::new));
            database.execute(wanted.toArray(String[]::new));
            try (Connection connection = database.connect()) {
                assertThat(Plans.of(connection, Sql.changes(wanted)).phases()).allMatch(Phase::done);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aKeyOfANullColumnIsValidAtBirthAndWhatIsNotIsValidated(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, Sql.changes(WANTED.get(0))).phases())
                    .extracting(Phase::type)
                    .containsExactly(PhaseType.APPLY);
            assertThat(Plans.of(connection, Sql.changes(WANTED.get(2))).phases())
                    .extracting(Phase::type)
                    .containsExactly(PhaseType.APPLY, PhaseType.VALIDATE, PhaseType.VALIDATE);
        }
        refused(database, "table \"missing\" is not there", "ALTER TABLE t ADD COLUMN a int REFERENCES missing");
        refused(database, "no primary key, unique constraint", "ALTER TABLE r ADD COLUMN a int REFERENCES t (total)");
        refused(database, "column \"missing\" does not exist", "ALTER TABLE t ADD COLUMN a int CHECK (missing > 0)");
        refused(database, "cannot be implemented", "ALTER TABLE t ADD COLUMN a date REFERENCES p");
        database.execute("ALTER TABLE t ADD COLUMN a int");
        refused(database, "is there without its foreign key", "ALTER TABLE t ADD COLUMN a int REFERENCES p");
        // Somebody dropped it, or added the column: what is missing is added.
        PlanTrial.carryOut(database, List.of(Sql.changes("ALTER TABLE t ADD COLUMN a int CHECK (a > 0)")));
    }

    private static void refused(PgDatabase database, String message, String sql) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, Sql.changes(sql)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
