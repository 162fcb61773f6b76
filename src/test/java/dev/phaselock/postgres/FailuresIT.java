package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults as real servers report them. */
final class FailuresIT {
    private record Case(String sql, Outcome outcome, Reason reason, String message) {}

    private static final List<Case> CASES = List.of(
            refused("ALTER TABLE nothing ADD x int", Reason.INVALID_TARGET, "Relation \"nothing\" does not exist"),
            refused("SELECT nothing FROM t", Reason.INVALID_TARGET, "Column \"nothing\" does not exist"),
            refused("SELECT nothing(1)", Reason.INVALID_TARGET, "Function nothing(integer) does not exist"),
            refused("CREATE TABLE nothing.t (a int)", Reason.INVALID_TARGET, "Schema \"nothing\" does not exist"),
            refused(
                    "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES t (v)",
                    Reason.INVALID_TARGET,
                    "no unique constraint matching given keys"),
            refused("ALTER TABLE t ADD CHECK (v)", Reason.INVALID_TARGET, "must be type boolean"),
            refused("ALTER TABLE t ADD CHECK (id >)", Reason.INVALID_EXPRESSION, "Syntax error at or near \")\""),
            refused("ALTER TABLE t ADD CHECK (max(id) > 0)", Reason.INVALID_EXPRESSION, "Aggregate functions"),
            refused("ALTER TABLE t ADD CHECK ((SELECT true))", Reason.UNSUPPORTED, "Cannot use subquery"),
            refused("ALTER TABLE t ADD CONSTRAINT t_pkey CHECK (true)", Reason.CONFLICTING_DEFINITION, "t_pkey"),
            refused("SET ROLE postgres; DROP TABLE pg_class", Reason.PERMISSION_DENIED, "Permission denied"),
            refused("SELECT pg_read_file('nothing')", Reason.STATEMENT_FAILED, "(SQLSTATE 58P01)"),
            new Case(
                    "ALTER TABLE t ADD CONSTRAINT few CHECK (id < 0)",
                    Outcome.VIOLATED,
                    Reason.CONSTRAINT_VIOLATED,
                    "\"few\""),
            new Case(
                    "ALTER TABLE t ADD CONSTRAINT self FOREIGN KEY (parent) REFERENCES t",
                    Outcome.VIOLATED,
                    Reason.CONSTRAINT_VIOLATED,
                    "\"self\""),
            new Case("SET statement_timeout = 50; SELECT pg_sleep(10)", Outcome.TRANSIENT, Reason.RETRYING, "timeout"),
            new Case(
                    "SET default_transaction_read_only = on; CREATE TABLE u (a int)",
                    Outcome.TRANSIENT,
                    Reason.READ_ONLY,
                    "needs the primary"));

    private static Case refused(String sql, Reason reason, String message) {
        return new Case(sql, Outcome.REFUSED, reason, message);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void meanTheSameOnEveryVersion(PgServer server) throws Exception {
        PgDatabase database = database(server);
        for (Case each : CASES) {
            Failure failure = failure(database, each.sql());
            assertThat(failure.reason()).as(each.sql()).isEqualTo(each.reason());
            assertThat(failure.outcome()).as(each.sql()).isEqualTo(each.outcome());
            assertThat(failure.message()).as(each.sql()).contains(each.message());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void noMessageHoldsAValueOfARow(PgServer server) throws Exception {
        PgDatabase database = database(server);
        database.execute("CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql AS"
                + " $$BEGIN RAISE EXCEPTION 'told %', $1 USING ERRCODE = '42501'; END$$");
        for (String sql : List.of(
                "ALTER TABLE t ADD CHECK (v::int > 0)",
                "ALTER TABLE t ADD CHECK (v::date IS NOT NULL)",
                "ALTER TABLE t ADD CHECK (tell(v))",
                "ALTER TABLE t ADD CHECK (v <> 'geheim')",
                "CREATE UNIQUE INDEX ON t (v)",
                "INSERT INTO t VALUES (1, 'geheim', 1)",
                "ALTER TABLE t ADD FOREIGN KEY (v) REFERENCES s")) {
            assertThat(failure(database, sql).message()).as(sql).doesNotContain("geheim", "told", "77");
        }
    }

    @Test
    void aLockThatIsNotToBeHadAndADeadlockPass() throws Exception {
        PgDatabase database = database(PgServers.newest());
        try (Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE t");
            Failure failure = failure(database, "SET lock_timeout = 50; SELECT 1 FROM t");
            assertThat(failure.outcome()).isEqualTo(Outcome.TRANSIENT);
            assertThat(failure.reason()).isEqualTo(Reason.RETRYING);
            assertThat(failure.sqlState()).isEqualTo("55P03");
        }
    }

    private static PgDatabase database(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, v text, parent int)",
                "INSERT INTO t VALUES (1, 'geheim', 77), (2, 'geheim', 77)",
                "CREATE TABLE s (v text PRIMARY KEY)");
        return database;
    }

    private static Failure failure(PgDatabase database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            return Failures.classify(catchThrowable(() -> {
                for (String each : sql.split("; ", -1)) {
                    statement.execute(each);
                }
                throw new AssertionError("It does not fail: " + sql);
            }));
        }
    }
}
