package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.DropTableSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.convert.InconvertibleException;
import dev.phaselock.convert.SqlChanges;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import dev.phaselock.sql.PgParser;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wanted is written as SQL: so that reading it is tried as well. */
class CreateTableIT {
    private static final PgParser PARSER = new PgParser();

    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY, a int, \"B $1'\" text, UNIQUE (a, \"B $1'\"))",
            "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
            "CREATE TABLE r11 PARTITION OF r1 FOR VALUES FROM (0) TO (10)",
            "CREATE TYPE mood AS ENUM ('glad', 'sad')",
            "CREATE FUNCTION next_number() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            // Takes the names that PostgreSQL would give.
            "CREATE TABLE t_id_seq (x int CONSTRAINT t_pkey PRIMARY KEY)",
            "INSERT INTO p VALUES (1, 1, 'x')");

    private static final List<String> WANTED = List.of(
            """
            CREATE TABLE t (
                id serial PRIMARY KEY, -- a comment
                number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
                up int REFERENCES t (id) ON DELETE CASCADE,
                p_id int NOT NULL REFERENCES public.p DEFERRABLE INITIALLY DEFERRED,
                r_id int CONSTRAINT to_r REFERENCES "r",
                name varchar(20) COLLATE "C" DEFAULT 'references p',
                mood mood DEFAULT 'glad' CHECK (mood IN ('glad', 'sad')),
                twice int GENERATED ALWAYS AS (p_id * 2) STORED,
                n int DEFAULT next_number(),
                a int, "B $1'" text,
                CONSTRAINT "T $1'" CHECK (t.p_id > 0 AND name IN ('a', 'b')),
                FOREIGN KEY (a, "B $1'") REFERENCES p (a, "B $1'") MATCH FULL,
                EXCLUDE USING btree (n WITH =))""",
            "CREATE TABLE IF NOT EXISTS \"Q $1'\" (t int REFERENCES t, day date, r int REFERENCES r)"
                    + " PARTITION BY RANGE (day)",
            "CREATE TABLE u (id int)");

    private static ChangeSpec of(String sql) {
        try {
            return SqlChanges.of(PARSER, sql).getFirst();
        } catch (InconvertibleException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void tablesAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, SETUP, WANTED, WANTED.stream().map(CreateTableIT::of).toArray(ChangeSpec[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aTableThatIsThereIsDoneOnlyWhenItIsTheSame(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute(WANTED.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            for (String each : WANTED) {
                assertThat(Plans.of(connection, of(each)).phases()).as(each).allMatch(Phase::done);
            }
        }
        refused(
                database,
                "it has nothing where column more integer is wanted",
                of("CREATE TABLE u (id int, more int)"));
        refused(
                database,
                "it has column id integer NOT NULL where column id bigint NOT NULL is wanted",
                of("CREATE TABLE r (id bigint PRIMARY KEY) PARTITION BY RANGE (id)"));
        refused(database, "no ordinary table", of("CREATE TABLE p_pkey (id int)"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefusedBeforeAnyLockIsTaken(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "table \"missing\" is not there", of("CREATE TABLE n (id int REFERENCES missing)"));
        refused(database, "no unique constraint", of("CREATE TABLE n (id int REFERENCES p (a))"));
        refused(database, "type \"missing\" does not exist", of("CREATE TABLE n (id missing)"));
        refused(database, "schema missing is not there", of("CREATE TABLE missing.n (id int)"));
        refused(
                database,
                "which changes[0] creates",
                of("CREATE TABLE n (id int)"),
                of("ALTER TABLE n ALTER id TYPE bigint"));
        refused(database, "which changes[0] creates", of("CREATE TABLE n (id int)"), of("CREATE TABLE n (id text)"));
        // Were the parser not asked: what stands there stays inside of the parentheses.
        refused(database, "syntax error", ChangeSpec.of(new CreateTableSpec("n", "id int, DROP TABLE p", null)));
        assertThat(database.query("SELECT relname FROM pg_class WHERE relname = 'n'"))
                .isEmpty();
    }

    /** As it is really done: under the ticket, and with the look at which locks are held. */
    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theRunnerCreatesItAndHoldsNoOtherLockThanPlanned(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        ChangeSpec change = of("CREATE TABLE \"$phaselock$ \\ '\" (id int PRIMARY KEY, p int REFERENCES p)");
        PhaseResult planned = run(database, change, PhaseRequest.PREFLIGHT, null);
        String hash = Objects.requireNonNull(planned.plan()).hash();
        for (int i = 0; i < 2; i++) {
            PhaseResult result = run(database, change, "1-apply", hash);
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        }
        ChangeSpec taken = of("CREATE TABLE n (id int CONSTRAINT p_pkey PRIMARY KEY)");
        PhaseResult refused = run(
                database,
                taken,
                "1-apply",
                Objects.requireNonNull(run(database, taken, PhaseRequest.PREFLIGHT, null)
                                .plan())
                        .hash());
        assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(refused.sqlState()).isEqualTo("42P07");
        ChangeSpec drop = ChangeSpec.of(new DropTableSpec("\"$phaselock$ \\ '\""));
        String dropHash = Objects.requireNonNull(
                        run(database, drop, PhaseRequest.PREFLIGHT, null).plan())
                .hash();
        for (int i = 0; i < 2; i++) {
            PhaseResult result = run(database, drop, "1-apply", dropHash);
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        }
        assertThat(database.query("SELECT relname FROM pg_class WHERE relname LIKE '$%' AND relkind = 'r'"))
                .isEmpty();
    }

    private static PhaseResult run(PgDatabase database, ChangeSpec change, String phase, @Nullable String hash) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        List.of(change),
                        new LocksSpec("100ms", "1s", "30s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec... changes) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, changes))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
