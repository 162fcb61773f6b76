package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.BackfillSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.Sessions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that get their value of a new column, while others write to them. */
class BackfillIT {
    private static final Executor AT_ONCE = Thread::startVirtualThread;
    private static final Duration POLL = Duration.ofMillis(10);
    private static final String FILL = "2-backfill";
    private static final BackfillSpec HASTY = new BackfillSpec("100ms", "0ms", "10s");

    /** A batch is cancelled after 200 ms; its COMMIT may meet a checkpoint or a busy machine. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

    /** Who waits for a session of Phaselock, and for how long: before 14 since its statement began. */
    private static final String WAITS = """
            SELECT coalesce(max(extract(epoch FROM clock_timestamp() - %s) * 1000), 0)
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE NOT l.granted AND a.datname = current_database() AND a.application_name NOT LIKE 'phaselock/%%'
              AND EXISTS (SELECT FROM pg_stat_activity p
                          WHERE p.pid = ANY (pg_blocking_pids(l.pid)) AND p.application_name LIKE 'phaselock/%%')""";

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final Interruption interruption = new Interruption();

    private static ChangeSpec add(String type, String value, boolean notNull) {
        return ChangeSpec.of(new AddColumnSpec("orders", "c", type, null, value, notNull ? true : null, null, null));
    }

    private static PgDatabase shop(PgServer server, int rows) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, total int, note text)",
                "INSERT INTO orders SELECT g, g, repeat('n', 50) FROM generate_series(1, " + rows + ") AS g");
        return database;
    }

    private PhaseResult run(
            PgDatabase database,
            String phase,
            @Nullable String hash,
            ChangeSpec change,
            BackfillSpec settings,
            Interruption stop) {
        ConnectionSettings connection = ConnectionSettings.ofUrl(database.url(), null, Map.of());
        return new PhaseRunner(
                        () -> new Sessions(connection, "shop/test", phase).open(), Timing.system(), stop, progress::add)
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        WholeChange.ANY_DATABASE,
                        List.of(change),
                        new LocksSpec("100ms", "1s", "2s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null,
                        settings));
    }

    /** Preflight, and the phase that adds the column. */
    private PhaseResult.PlanSummary begun(PgDatabase database, ChangeSpec change) {
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, change, HASTY, interruption);
        assertThat(preflight.outcome()).as(preflight.message()).isEqualTo(Outcome.DONE);
        assertDone(run(database, "1-apply", preflight.plan().hash(), change, HASTY, interruption));
        return preflight.plan();
    }

    private CompletableFuture<PhaseResult> started(
            PgDatabase database, PhaseResult.PlanSummary plan, ChangeSpec change, BackfillSpec settings) {
        return CompletableFuture.supplyAsync(
                () -> run(database, FILL, plan.hash(), change, settings, interruption), AT_ONCE);
    }

    private static void assertDone(PhaseResult result) {
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
    }

    private void awaitDetail(String words) {
        await().pollInterval(POLL)
                .until(() -> progress.stream()
                        .anyMatch(p -> p.activity() == Activity.BACKFILLING
                                && p.detail() != null
                                && p.detail().contains(words)));
    }

    private static long count(PgDatabase database, String which) throws SQLException {
        return Long.parseLong(String.valueOf(database.queryOne("SELECT count(*) FROM orders WHERE " + which)));
    }

    /** Writers at work, and a look every few milliseconds at who of them waits for Phaselock. */
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong longestMillis = new AtomicLong();
        private final AtomicLong writes = new AtomicLong();
        private final List<CompletableFuture<Void>> sessions = new ArrayList<>();

        Load(PgDatabase database, int rows) {
            for (int i = 0; i < 2; i++) {
                int first = 1_000_000 * (i + 1);
                sessions.add(session(database, statement -> {
                    int id = ThreadLocalRandom.current().nextInt(rows);
                    statement.execute("UPDATE orders SET total = total + 1, note = note || 'x' WHERE id = " + id);
                    if (writes.getAndIncrement() % 20 == 0) {
                        statement.execute("INSERT INTO orders (id) VALUES (" + (first + writes.get()) + ")");
                    }
                }));
            }
            String since = database.server().major() >= 14 ? "l.waitstart" : "a.query_start";
            sessions.add(session(database, statement -> {
                try (ResultSet row = statement.executeQuery(WAITS.formatted(since))) {
                    row.next();
                    longestMillis.accumulateAndGet(row.getLong(1), Math::max);
                }
                Timing.system().sleep(Duration.ofMillis(5));
            }));
        }

        @FunctionalInterface
        private interface Work {
            void run(Statement statement) throws SQLException;
        }

        private CompletableFuture<Void> session(PgDatabase database, Work work) {
            return CompletableFuture.runAsync(
                    () -> {
                        try (Connection connection = database.connect();
                                Statement statement = connection.createStatement()) {
                            while (!over.get()) {
                                work.run(statement);
                            }
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    AT_ONCE);
        }

        @Override
        public void close() {
            over.set(true);
            sessions.forEach(CompletableFuture::join);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void eachRowGetsAValueOfItsOwnAlsoAfterAKillWhileWritersGoOn(PgServer server) throws Exception {
        int rows = 30_000;
        PgDatabase database = shop(server, rows);
        ChangeSpec change = add("uuid", "gen_random_uuid()", true);
        Load load = new Load(database, rows);
        try (load) {
            PhaseResult.PlanSummary plan = begun(database, change);
            CompletableFuture<PhaseResult> killed =
                    started(database, plan, change, new BackfillSpec("20ms", "20ms", "10s"));
            awaitDetail("rows of public.orders");
            await().pollInterval(POLL).until(() -> count(database, "c IS NOT NULL") > 1000);
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND application_name LIKE 'phaselock/%'");
            assertThat(killed.get().outcome()).isEqualTo(Outcome.TRANSIENT);
            assertThat(count(database, "c IS NULL")).isPositive();
            database.execute("CREATE TABLE kept AS SELECT id, c FROM orders WHERE c IS NOT NULL");

            PhaseResult.PlanSummary again = run(database, PhaseRequest.PREFLIGHT, null, change, HASTY, interruption)
                    .plan();
            assertThat(again.hash()).isEqualTo(plan.hash());
            assertThat(again.phases())
                    .filteredOn(PhaseResult.PhaseSummary::done)
                    .extracting(PhaseResult.PhaseSummary::type)
                    .containsExactly(PhaseType.APPLY);
            for (PhaseResult.PhaseSummary phase : plan.phases()) {
                PhaseResult result =
                        run(database, phase.name(), plan.hash(), change, BackfillSpec.DEFAULT, interruption);
                assertDone(result);
                if (phase.name().equals(FILL)) {
                    assertThat(result.report().writersDelayed()).isPositive();
                    assertThat(result.report().longestDelayMillis()).isBetween(1L, LONGEST_WAIT.toMillis());
                }
            }
        }
        assertThat(database.queryOne("SELECT count(*) - count(DISTINCT c) FROM orders"))
                .isEqualTo("0");
        assertThat(database.queryOne("SELECT count(*) FROM kept JOIN orders o USING (id) WHERE o.c <> kept.c"))
                .isEqualTo("0");
        assertThat(database.queryOne("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass"
                        + " AND attname = 'c'"))
                .isEqualTo("t");
        assertThat(load.writes.get()).isGreaterThan(100);
        assertThat(Duration.ofMillis(load.longestMillis.get())).isLessThan(LONGEST_WAIT);
    }

    static Stream<PgServer> oldestAndNewest() {
        return Stream.of(PgServers.of(13), PgServers.newest());
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void rowsThatSomebodyHoldsAreComeBackTo(PgServer server) throws Exception {
        PgDatabase database = shop(server, 1000);
        ChangeSpec change = add("float8", "random()", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        try (Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT FROM orders WHERE id IN (7, 900) FOR UPDATE");
            PhaseResult late = started(database, plan, change, HASTY).get();
            assertThat(late.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(late.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
            assertThat(late.message()).contains("held by others");
            assertThat(count(database, "c IS NULL")).isEqualTo(2);

            progress.clear();
            CompletableFuture<PhaseResult> patient = started(database, plan, change, HASTY);
            awaitDetail("waits for rows that others hold");
            statement.execute("UPDATE orders SET total = 0 WHERE id = 7");
            holder.commit();
            assertDone(patient.get());
            assertThat(patient.get().validated()).isTrue();
        }
        assertThat(count(database, "c IS NULL")).isZero();
    }

    @Test
    void aDefaultThatIsNullForSomeRowsIsAskedOnce() throws Exception {
        PgDatabase database = shop(PgServers.newest(), 1000);
        ChangeSpec change = add("int", "CASE WHEN random() < 0.5 THEN 1 END", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        PhaseResult result = started(database, plan, change, HASTY).get();
        assertDone(result);
        assertThat(result.validated()).isTrue();
        assertThat(count(database, "c IS NULL")).isBetween(350L, 650L);
    }

    @Test
    void whoSetsTheColumnToNullAgainAndAgainIsNotOutlasted() throws Exception {
        PgDatabase database = shop(PgServers.newest(), 100);
        ChangeSpec change = add("float8", "random()", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(
                () -> {
                    try (Connection connection = database.connect();
                            Statement statement = connection.createStatement()) {
                        while (!over.get()) {
                            statement.execute("UPDATE orders SET c = NULL WHERE id <= 2");
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                AT_ONCE);
        PhaseResult result = started(database, plan, change, HASTY).get();
        over.set(true);
        writer.join();
        assertThat(result.outcome()).as(result.message()).isIn(Outcome.DONE, Outcome.TRANSIENT);
        assertThat(count(database, "c IS NULL AND id > 2")).isZero();
    }

    @Test
    void aRowThatMayNotBeWrittenStallsItUntilItIsClean() throws Exception {
        PgDatabase database = shop(PgServers.newest(), 1000);
        database.execute(
                "UPDATE orders SET total = -1 WHERE id = 500",
                "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID");
        ChangeSpec change = add("float8", "random()", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        PhaseResult result = started(database, plan, change, HASTY).get();
        assertThat(result.outcome()).isEqualTo(Outcome.VIOLATED);
        assertThat(result.message()).contains("positive");
        database.execute("UPDATE orders SET total = 1 WHERE id = 500");
        assertDone(started(database, plan, change, HASTY).get());
        assertThat(count(database, "c IS NULL")).isZero();
    }

    @Test
    void aPartitionThatIsDetachedMeanwhileIsLeftAndOneThatComesNeedsNothing() throws Exception {
        PgDatabase database = PgServers.newest().newDatabase();
        database.execute(
                "CREATE TABLE orders (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE o1 PARTITION OF orders FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE o2 PARTITION OF orders FOR VALUES FROM (100) TO (200)",
                "INSERT INTO orders SELECT generate_series(0, 199)");
        ChangeSpec change = add("float8", "random()", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        database.execute(
                "ALTER TABLE orders DETACH PARTITION o2",
                "CREATE TABLE o3 PARTITION OF orders FOR VALUES FROM (200) TO (300)",
                "INSERT INTO orders VALUES (250)");
        PhaseResult result = started(database, plan, change, HASTY).get();
        assertDone(result);
        assertThat(result.validated()).isTrue();
        assertThat(database.queryOne("SELECT count(c) || ' ' || count(*) FROM orders"))
                .isEqualTo("101 101");
        assertThat(database.queryOne("SELECT count(c) FROM o2")).isEqualTo("0");
    }

    @Test
    void askedToStopItStopsAndGoesOnLater() throws Exception {
        PgDatabase database = shop(PgServers.newest(), 20_000);
        ChangeSpec change = add("float8", "random()", false);
        PhaseResult.PlanSummary plan = begun(database, change);
        Interruption stop = new Interruption();
        CompletableFuture<PhaseResult> stopped = CompletableFuture.supplyAsync(
                () -> run(database, FILL, plan.hash(), change, new BackfillSpec("10ms", "100ms", "10s"), stop),
                AT_ONCE);
        await().pollInterval(POLL).until(() -> count(database, "c IS NOT NULL") > 0);
        stop.request();
        assertThat(stopped.get().outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(count(database, "c IS NULL")).isPositive();
        assertDone(started(database, plan, change, HASTY).get());
        assertThat(count(database, "c IS NULL")).isZero();
    }

    @Test
    void itWaitsForAStandbyThatIsBehindAndOnlyIfItIsToldTo() throws Exception {
        PgServer server = PgServers.startOwn(18);
        server.database("postgres").execute("CREATE DATABASE shop");
        try (PgServers.Replicated servers = PgServers.startReplicated(server)) {
            PgDatabase primary = servers.primary().database("shop");
            PgDatabase standby = servers.standby().database("shop");
            primary.execute(
                    "CREATE TABLE orders (id int PRIMARY KEY)", "INSERT INTO orders SELECT generate_series(1, 60000)");
            ChangeSpec change = add("float8", "random()", false);
            PhaseResult.PlanSummary plan = begun(primary, change);
            await().pollInterval(POLL)
                    .until(() -> "streaming".equals(primary.queryOne("SELECT state FROM pg_stat_replication")));

            // It takes seconds, in each of which the standby is looked at.
            BackfillSpec slowly = new BackfillSpec("10ms", "50ms", "200ms");
            standby.execute("SELECT pg_wal_replay_pause()");
            PhaseResult late = started(primary, plan, change, slowly).get();
            assertThat(late.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(late.message()).contains("backfill.maxReplicaLag (200ms)");
            assertThat(count(primary, "c IS NULL")).isPositive();
            awaitDetail("waits for a standby");

            progress.clear();
            CompletableFuture<PhaseResult> patient = started(primary, plan, change, slowly);
            awaitDetail("waits for a standby");
            standby.execute("SELECT pg_wal_replay_resume()");
            assertDone(patient.get());
            assertThat(count(primary, "c IS NULL")).isZero();

            standby.execute("SELECT pg_wal_replay_pause()");
            primary.execute("ALTER TABLE orders DROP COLUMN c");
            PhaseResult.PlanSummary again = begun(primary, change);
            assertDone(started(primary, again, change, new BackfillSpec("10ms", "0ms", "0ms"))
                    .get());
        }
    }
}
