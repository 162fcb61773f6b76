package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What other people's DDL, autovacuum, a restart of the server and a role's want of privileges do to a phase, and it to them. */
class PhaseRunnerAmongOthersIT {
    private static final Duration POLL = Duration.ofMillis(10);
    private static final ChangeSpec FOREIGN_KEY = ChangeSpec.of(new AddForeignKeySpec(
            "orders",
            "wanted",
            List.of("customer_id"),
            new AddForeignKeySpec.References("customers", List.of("id")),
            null,
            null,
            null,
            null,
            null,
            null));
    private static final String TICKET = """
            SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND granted
              AND mode = 'ShareUpdateExclusiveLock' AND pid <> ALL (
                SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')""";

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();

    private Timing timing = Timing.system();

    static Stream<PgServer> oldestAndNewest() {
        return Stream.of(PgServers.of(13), PgServers.newest());
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g");
        return database;
    }

    private PhaseResult run(SessionFactory sessions, String phase, @Nullable String hash, ChangeSpec change) {
        return run(sessions, phase, hash, change, "10m");
    }

    private PhaseResult run(
            SessionFactory sessions, String phase, @Nullable String hash, ChangeSpec change, String deadline) {
        return new PhaseRunner(sessions, timing, new Interruption(), progress::add)
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        List.of(change),
                        new LocksSpec("100ms", "1s", deadline),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    private String planHash(SessionFactory sessions, ChangeSpec change) {
        return run(sessions, PhaseRequest.PREFLIGHT, null, change).plan().hash();
    }

    private CompletableFuture<PhaseResult> start(
            SessionFactory sessions, String phase, String hash, ChangeSpec change) {
        return CompletableFuture.supplyAsync(() -> run(sessions, phase, hash, change), Thread::startVirtualThread);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void assertDone(PhaseResult result) {
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
    }

    private static void awaitTicket(PgDatabase database) {
        await().pollInterval(POLL).until(() -> "1".equals(database.queryOne(TICKET)));
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void theTicketIsGivenBackToDdlThatQueuesBehindIt(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect();
                Connection other = database.connect()) {
            execute(writer, "BEGIN; UPDATE orders SET note = '' WHERE id = 1");
            CompletableFuture<PhaseResult> phase =
                    start(database::connect, "1-apply", planHash(database::connect, FOREIGN_KEY), FOREIGN_KEY);
            awaitTicket(database);
            // Much less than for how long a ticket is held.
            execute(other, "SET lock_timeout = '3s'");
            execute(other, "ANALYZE orders");
            awaitTicket(database);
            execute(other, "BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE; COMMIT");
            assertThat(phase).isNotDone();
            execute(writer, "COMMIT");
            assertDone(phase.get());
        }
    }

    @Test
    void theTicketIsGivenBackAfterABoundedTimeAndTakenAgain() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        String since = """
                SELECT xact_start FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE relation = 'orders'::regclass
                  AND granted AND mode = 'ShareUpdateExclusiveLock'""";
        timing = hurried(Timing.system(), 20);
        try (Connection writer = database.connect()) {
            execute(writer, "BEGIN; UPDATE orders SET note = '' WHERE id = 1");
            CompletableFuture<PhaseResult> phase =
                    start(database::connect, "1-apply", planHash(database::connect, FOREIGN_KEY), FOREIGN_KEY);
            awaitTicket(database);
            String first = database.queryOne(since);
            // Half a second by the clock on the wall.
            await().atMost(Duration.ofSeconds(5)).pollInterval(POLL).until(() -> {
                String now = database.queryOne(since);
                return now != null && !now.equals(first);
            });
            execute(writer, "COMMIT");
            assertDone(phase.get());
        }
    }

    /** A clock that runs faster, and pauses that are as much shorter. */
    private static Timing hurried(Timing real, int times) {
        return new Timing() {
            @Override
            public long nanoTime() {
                return real.nanoTime() * times;
            }

            @Override
            public void sleep(Duration duration) {
                real.sleep(duration.dividedBy(times));
            }

            @Override
            public double random() {
                return real.random();
            }
        };
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void somebodysCreateIndexConcurrentlySucceedsWhileItWaits(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect();
                Connection other = database.connect()) {
            execute(writer, "BEGIN; UPDATE orders SET note = '' WHERE id = 1");
            CompletableFuture<PhaseResult> phase =
                    start(database::connect, "1-apply", planHash(database::connect, FOREIGN_KEY), FOREIGN_KEY);
            awaitTicket(database);
            CompletableFuture<Void> index = CompletableFuture.runAsync(
                    () -> {
                        try {
                            execute(other, "CREATE INDEX CONCURRENTLY made ON orders (customer_id)");
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    Thread::startVirtualThread);
            // It waits for the writer for longer than deadlock_timeout, and we for it.
            await().pollInterval(POLL)
                    .until(
                            () -> "1"
                                    .equals(
                                            database.queryOne(
                                                    "SELECT count(*) FROM pg_stat_activity"
                                                            + " WHERE datname = current_database() AND query LIKE 'CREATE INDEX%'"
                                                            + " AND clock_timestamp() - state_change > interval '1500 ms' AND wait_event = 'virtualxid'")));
            execute(writer, "COMMIT");
            index.get();
            assertDone(phase.get());
        }
        assertThat(database.queryOne("SELECT indisvalid FROM pg_index WHERE indexrelid = 'made'::regclass"))
                .isEqualTo("t");
    }

    @Test
    void anAutovacuumAtWorkGivesWayAlsoToARoleThatCannotSeeIt() throws Exception {
        PgServer server = PgServers.startOwn(18);
        try {
            server.database("postgres")
                    .execute("ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()");
            PgDatabase database = shop(server);
            PgRole owner = database.newRole("");
            // One page of a vacuum takes a tenth of a second.
            database.execute(
                    "ALTER TABLE orders SET (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,"
                            + " autovacuum_analyze_threshold = 100000000, autovacuum_vacuum_insert_threshold = -1,"
                            + " autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)",
                    "INSERT INTO orders SELECT g, NULL, repeat('x', 400) FROM generate_series(101, 3000) AS g",
                    "ALTER TABLE orders OWNER TO " + owner.name(),
                    "ALTER TABLE customers OWNER TO " + owner.name());
            for (SessionFactory sessions : List.<SessionFactory>of(database::connect, () -> database.connect(owner))) {
                database.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted", "UPDATE orders SET note = ''");
                await().atMost(Duration.ofSeconds(20))
                        .pollInterval(POLL)
                        .until(
                                () -> "1"
                                        .equals(
                                                database.queryOne(
                                                        "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'orders'::regclass")));
                PhaseResult result = run(sessions, "1-apply", planHash(sessions, FOREIGN_KEY), FOREIGN_KEY, "10s");
                assertDone(result);
                assertThat(result.report().longestDelayMillis()).isZero();
            }
        } finally {
            server.local().delete();
        }
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void aRoleThatSeesNoTransactionsStillNamesWhoIsInTheWay(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        PgRole owner = database.newRole("");
        database.execute(
                "ALTER TABLE orders OWNER TO " + owner.name(), "ALTER TABLE customers OWNER TO " + owner.name());
        SessionFactory sessions = () -> database.connect(owner);
        String hash = planHash(sessions, FOREIGN_KEY);
        try (Connection writer = database.connect()) {
            execute(writer, "SET application_name = 'import'");
            execute(writer, "BEGIN; UPDATE orders SET note = '' WHERE id = 1; SELECT pg_sleep(1.5)");
            PhaseResult result = run(sessions, "1-apply", hash, FOREIGN_KEY, "800ms");
            assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(result.blockers()).singleElement().satisfies(blocker -> {
                assertThat(blocker.pid()).isNotNull();
                assertThat(blocker.application()).isEqualTo("import");
                assertThat(blocker.state()).isEqualTo("unknown");
                assertThat(blocker.mode()).isEqualTo("ROW EXCLUSIVE");
                // Since it was first seen, for since when it is there the server does not tell.
                assertThat(blocker.ageMillis()).isBetween(1L, result.report().waitedMillis() + 1);
            });
        }
    }

    @Test
    void anotherRunnerInTheWayIsNamed() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        String hash = planHash(database::connect, FOREIGN_KEY);
        try (Connection other = database.connect()) {
            execute(other, "SET application_name = 'phaselock/shop/other/1-apply'");
            execute(other, "BEGIN");
            execute(
                    other,
                    "SELECT pg_try_advisory_xact_lock(" + 0x50684c6b
                            + ", oid::int) FROM pg_class WHERE relname = 'orders'");
            execute(other, "LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE");
            PhaseResult result = run(database::connect, "1-apply", hash, FOREIGN_KEY, "500ms");
            assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(result.message()).contains("phaselock/shop/other/1-apply");
            assertThat(result.report().tries()).isZero();
        }
    }

    @Test
    void aStatementThatNeedsLongerThanATryMayTakeIsSaidToBeWhatTakesLong() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        database.execute(
                "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.5); END'",
                "CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION slow()");
        PhaseResult result =
                run(database::connect, "1-apply", planHash(database::connect, FOREIGN_KEY), FOREIGN_KEY, "1s");
        assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
        assertThat(result.message()).contains("Nobody was in the way").contains("locks.timeout (100ms)");
        assertThat(result.report().tries()).isPositive();
    }

    @Test
    void aRestartOfTheServerIsAPassingFaultInTheMiddleOfWaitingAndOfValidating() throws Exception {
        PgServer server = PgServers.startOwn(18);
        try {
            String name = shop(server).name();
            for (boolean crash : List.of(true, false)) {
                server = restartWhileItWaits(server.database(name), crash);
                server = restartWhileItValidates(server.database(name), crash);
            }
        } finally {
            server.local().delete();
        }
    }

    private PgServer restartWhileItWaits(PgDatabase database, boolean crash) throws Exception {
        // The servers of the tests commit without waiting for the disk: a crash would lose what was made just now.
        database.execute("CHECKPOINT");
        String hash = planHash(database::connect, FOREIGN_KEY);
        CompletableFuture<PhaseResult> phase;
        try (Connection writer = database.connect()) {
            execute(writer, "BEGIN; UPDATE orders SET note = '' WHERE id = 1");
            phase = start(database::connect, "1-apply", hash, FOREIGN_KEY);
            awaitTicket(database);
            end(database.server(), crash);
        }
        assertThat(phase.get().outcome()).as(phase.get().message()).isEqualTo(Outcome.TRANSIENT);
        PgDatabase again = PgServers.startAgain(database.server()).database(database.name());
        assertDone(run(again::connect, "1-apply", hash, FOREIGN_KEY));
        again.execute("ALTER TABLE orders DROP CONSTRAINT wanted");
        return again.server();
    }

    private PgServer restartWhileItValidates(PgDatabase database, boolean crash) throws Exception {
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.01) IS NOT NULL'",
                "ALTER TABLE orders ADD CONSTRAINT slow CHECK (slow(id)) NOT VALID",
                "CHECKPOINT");
        ChangeSpec slow = ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(id)", null));
        String hash = planHash(database::connect, slow);
        progress.clear();
        CompletableFuture<PhaseResult> phase = start(database::connect, "3-validate", hash, slow);
        await().pollInterval(POLL)
                .until(() -> progress.stream().anyMatch(each -> each.activity() == Activity.VALIDATING));
        end(database.server(), crash);
        assertThat(phase.get().outcome()).as(phase.get().message()).isEqualTo(Outcome.TRANSIENT);
        PgDatabase again = PgServers.startAgain(database.server()).database(database.name());
        assertDone(run(again::connect, "3-validate", hash, slow));
        again.execute("ALTER TABLE orders DROP CONSTRAINT slow", "DROP FUNCTION slow");
        return again.server();
    }

    @Test
    void aValidationThatIsNotWatchedAnyMoreIsRepeated() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        // The scan of a hundred rows takes 20 s.
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.2) IS NOT NULL'",
                "ALTER TABLE orders ADD CONSTRAINT slow CHECK (slow(id)) NOT VALID");
        ChangeSpec slow = ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(id)", null));
        CompletableFuture<PhaseResult> phase =
                start(database::connect, "3-validate", planHash(database::connect, slow), slow);
        await().pollInterval(POLL)
                .until(() -> progress.stream().anyMatch(each -> each.activity() == Activity.VALIDATING));
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_locks%'");
        assertThat(phase.get(5, TimeUnit.SECONDS).outcome())
                .as(phase.get().message())
                .isEqualTo(Outcome.TRANSIENT);
    }

    private static void end(PgServer server, boolean crash) throws Exception {
        if (crash) {
            PgServers.crash(server);
        } else {
            server.local().stop();
        }
    }
}
