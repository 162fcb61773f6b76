package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes that are built while others work. */
class IndexWorkIT {
    private static final DatabaseSpec DATABASE =
            new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null);
    private static final Executor AT_ONCE = Thread::startVirtualThread;
    private static final Duration POLL = Duration.ofMillis(10);
    private static final String INDEX = "1-index";

    private static final ChangeSpec CHANGE = index(false);
    private static final ChangeSpec UNIQUE = index(true);

    private static final String INDEXES = "SELECT c.relname || ' ' || i.indisvalid FROM pg_index i"
            + " JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'orders'::regclass AND NOT i.indisprimary";

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final Interruption interruption = new Interruption();

    private static ChangeSpec index(boolean unique) {
        return ChangeSpec.of(new CreateIndexSpec(
                "orders", "wanted", List.of(Column.of("total")), null, null, unique, null, null, null));
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, total int)",
                "CREATE TABLE other (id int)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g");
        return database;
    }

    private PhaseResult run(PgDatabase database, String phase, @Nullable String hash, ChangeSpec change) {
        return run(database, phase, hash, change, "30s", interruption);
    }

    private PhaseResult run(
            PgDatabase database,
            String phase,
            @Nullable String hash,
            ChangeSpec change,
            String deadline,
            Interruption stop) {
        return new PhaseRunner(database::connect, Timing.system(), stop, progress::add)
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        DATABASE,
                        List.of(change),
                        new LocksSpec("100ms", "1s", deadline),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    private String hash(PgDatabase database, ChangeSpec change) {
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, change);
        assertThat(preflight.outcome()).as(preflight.message()).isEqualTo(Outcome.DONE);
        return preflight.plan().hash();
    }

    private CompletableFuture<PhaseResult> started(PgDatabase database, ChangeSpec change, Interruption stop) {
        String hash = hash(database, change);
        return CompletableFuture.supplyAsync(() -> run(database, INDEX, hash, change, "30s", stop), AT_ONCE);
    }

    /** A build that waits for this transaction, and says so. */
    private void awaitWaiting() {
        await().pollInterval(POLL)
                .until(() -> progress.stream()
                        .anyMatch(p -> p.activity() == Activity.INDEXING
                                && !p.blockers().isEmpty()));
    }

    private static void assertDone(PhaseResult result) {
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.applied()).isTrue();
        assertThat(result.validated()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itWaitsForAnOldTransactionAndSaysSoWhileWritersGoOn(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            statement.execute("SET application_name = 'import'");
            old.setAutoCommit(false);
            statement.execute("INSERT INTO orders VALUES (1000, 1000)");
            CompletableFuture<PhaseResult> build = started(database, CHANGE, interruption);
            awaitWaiting();
            // The locks are those of the plan: the table's, until the end.
            assertThat(database.query("SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                            + " WHERE l.relation = 'orders'::regclass AND a.query LIKE 'CREATE INDEX CONCURRENTLY%'"
                            + " AND a.datname = current_database()"))
                    .containsExactly("ShareUpdateExclusiveLock");
            long before = System.nanoTime();
            database.execute("UPDATE orders SET total = total + 1000 WHERE id = 7", "DELETE FROM orders WHERE id = 8");
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
            assertThat(build).isNotDone();
            PhaseProgress waiting = progress.stream()
                    .filter(p -> !p.blockers().isEmpty())
                    .findFirst()
                    .orElseThrow();
            assertThat(waiting.detail()).isEqualTo("waiting for writers before build");
            assertThat(waiting.blockers()).singleElement().satisfies(blocker -> {
                assertThat(blocker.application()).isEqualTo("import");
                assertThat(blocker.state()).isEqualTo("idle in transaction");
            });
            old.commit();
            assertDone(build.get());
        }
        assertThat(database.query(INDEXES)).containsExactly("wanted true");
        assertThat(database.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                        + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
                .containsExactly("0");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void interruptedItEndsWithinSecondsAndTheNextRunBuildsAgain(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        Interruption stop = new Interruption();
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT count(*) FROM other");
            CompletableFuture<PhaseResult> build = started(database, CHANGE, stop);
            awaitWaiting();
            long asked = System.nanoTime();
            stop.request();
            assertThat(build.get().outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));
            assertThat(database.query(INDEXES)).singleElement().asString().matches("phaselock_build_wanted_.* false");
            old.commit();
        }
        assertDone(run(database, INDEX, hash(database, CHANGE), CHANGE));
        assertThat(database.query(INDEXES)).containsExactly("wanted true");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void twoRunnersAtOnceBuildOneIndex(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        CompletableFuture<PhaseResult> one;
        CompletableFuture<PhaseResult> other;
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            statement.execute("INSERT INTO orders VALUES (1000, 1000)");
            one = started(database, CHANGE, interruption);
            awaitWaiting();
            other = started(database, CHANGE, interruption);
            await().pollInterval(POLL)
                    .until(() -> progress.stream().anyMatch(p -> p.activity() == Activity.WAITING_FOR_LOCK));
            old.commit();
        }
        assertDone(one.get());
        assertDone(other.get());
        assertThat(database.query(INDEXES)).containsExactly("wanted true");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void duplicateKeysAreNamedAndNothingIsLeft(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        database.execute(
                "UPDATE orders SET total = 7 WHERE id IN (3, 5)", "UPDATE orders SET total = NULL WHERE id > 90");
        PhaseResult result = run(database, INDEX, hash(database, UNIQUE), UNIQUE);
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.VIOLATED);
        assertThat(result.reason()).isEqualTo(Reason.CONSTRAINT_VIOLATED);
        assertThat(result.violations()).singleElement().satisfies(violations -> {
            assertThat(violations.constraint()).isEqualTo("wanted");
            assertThat(violations.table()).isEqualTo("public.orders");
            assertThat(violations.count()).isEqualTo(3);
            assertThat(violations.sample()).containsExactly("total=7 (3 rows)");
        });
        assertThat(database.query(INDEXES)).isEmpty();
        database.execute("DELETE FROM orders WHERE total = 7");
        assertDone(run(database, INDEX, hash(database, UNIQUE), UNIQUE));
        assertThat(database.query(INDEXES)).containsExactly("wanted true");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void duplicatesOfAnExpressionInSomeRows(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        ChangeSpec change = ChangeSpec.of(new CreateIndexSpec(
                "orders",
                "wanted",
                List.of(new Column(null, "orders.total / 2", null, null, null, null), Column.of("id")),
                null,
                null,
                true,
                null,
                "orders.id < 50 OR total IS NULL",
                null));
        assertDone(run(database, INDEX, hash(database, change), change));
        database.execute(
                "DROP INDEX wanted",
                "ALTER TABLE orders DROP CONSTRAINT orders_pkey",
                "INSERT INTO orders VALUES (9, 9), (60, 60)");
        PhaseResult result = run(database, INDEX, hash(database, change), change);
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.VIOLATED);
        assertThat(result.violations().getFirst().sample()).containsExactly("expr=4, id=9 (2 rows)");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itGivesWayToWritersThatQueueBehindSomebodysDdl(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        CompletableFuture<PhaseResult> build;
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT count(*) FROM other");
            build = started(database, CHANGE, interruption);
            awaitWaiting();
            CompletableFuture<Void> ddl = CompletableFuture.runAsync(
                    () -> execute(database, "ALTER TABLE orders ADD COLUMN note text"), AT_ONCE);
            await().pollInterval(POLL)
                    .until(
                            () -> !"0"
                                    .equals(
                                            database.queryOne(
                                                    "SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted")));
            database.execute("DELETE FROM orders WHERE id = 100");
            ddl.get();
            assertThat(database.query(INDEXES)).noneMatch(index -> index.startsWith("wanted"));
            old.commit();
        }
        // The table has another column now: planned again.
        assertThat(build.get().outcome()).as(build.get().message()).isIn(Outcome.PLAN_CHANGED, Outcome.TRANSIENT);
        assertThat(build.get().report().writersDelayed()).isPositive();
        assertDone(run(database, INDEX, hash(database, CHANGE), CHANGE));
        assertThat(database.query(INDEXES)).containsExactly("wanted true");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ddlOfOthersIsNamedAndWaitedForUntilTheDeadline(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        String hash = hash(database, CHANGE);
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.execute("SET application_name = 'vacuum'");
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE");
            PhaseResult result = run(database, INDEX, hash, CHANGE, "600ms", interruption);
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DEADLINE);
            assertThat(result.message()).contains("vacuum");
        }
        assertThat(database.query(INDEXES)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aBuildThatFailsLeavesNothing(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        ChangeSpec change = ChangeSpec.of(new CreateIndexSpec(
                "orders",
                "wanted",
                List.of(new Column(null, "1 / (total - 7)", null, null, null, null)),
                null,
                null,
                null,
                null,
                null,
                null));
        PhaseResult result = run(database, INDEX, hash(database, change), change);
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
        assertThat(result.sqlState()).isEqualTo("22012");
        assertThat(database.query(INDEXES)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aDropWaitsForWhoStillUsesTheIndexAndGoesOnAfterAnInterruption(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        database.execute("CREATE INDEX wanted ON orders (total)");
        ChangeSpec drop = ChangeSpec.of(new DropIndexSpec("orders", "wanted"));
        Interruption stop = new Interruption();
        try (Connection reader = database.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM orders");
            CompletableFuture<PhaseResult> dropping = started(database, drop, stop);
            awaitWaiting();
            assertThat(database.query("SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                            + " WHERE l.relation = 'orders'::regclass AND a.query LIKE 'DROP INDEX CONCURRENTLY%'"
                            + " AND a.datname = current_database()"))
                    .containsExactly("ShareUpdateExclusiveLock");
            database.execute("UPDATE orders SET total = total + 1000 WHERE id = 7");
            stop.request();
            assertThat(dropping.get().outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(database.query(INDEXES)).containsExactly("wanted false");
            reader.commit();
        }
        assertDone(run(database, INDEX, hash(database, drop), drop));
        assertThat(database.query(INDEXES)).isEmpty();
    }

    static Stream<ChangeSpec> changes() {
        return Stream.of(
                CHANGE,
                ChangeSpec.of(new AddUniqueSpec("orders", null, List.of("number"), null, null, null, null, null)),
                ChangeSpec.of(new AddPrimaryKeySpec("orders", null, List.of("number"), null, null, null, null)));
    }

    static Stream<Arguments> onEachServer() {
        return PgServers.all().flatMap(server -> changes().map(change -> Arguments.of(server, change)));
    }

    /** What a write waits for by itself on a busy machine, and one try. */
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(1);

    @ParameterizedTest
    @MethodSource("onEachServer")
    void writersAtWorkDoNotWait(PgServer server, ChangeSpec change) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int, total int, number int)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(1, 200000) AS g");
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong longest = new AtomicLong();
        AtomicLong writes = new AtomicLong();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(
                () -> {
                    try (Connection connection = database.connect();
                            Statement statement = connection.createStatement()) {
                        for (int i = 200_001; !over.get(); i++) {
                            long before = System.nanoTime();
                            statement.execute("INSERT INTO orders VALUES (" + i + ", 1, " + i + ")");
                            longest.accumulateAndGet(System.nanoTime() - before, Math::max);
                            writes.incrementAndGet();
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                AT_ONCE);
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, change);
        for (PhaseResult.PhaseSummary phase : preflight.plan().phases()) {
            PhaseResult result = run(database, phase.name(), preflight.plan().hash(), change);
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
            assertThat(result.report().longestDelayMillis()).isLessThan(LONGEST_WRITE.toMillis());
        }
        over.set(true);
        writer.get();
        assertThat(Duration.ofNanos(longest.get())).isLessThan(LONGEST_WRITE);
        assertThat(writes.get()).isGreaterThan(10);
    }

    private static void execute(PgDatabase database, String sql) {
        try {
            database.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
