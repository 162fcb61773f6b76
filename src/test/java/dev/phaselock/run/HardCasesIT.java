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
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables on which somebody is always at work, and locks that others keep for long. */
class HardCasesIT {
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
    private static final ChangeSpec CHECK = ChangeSpec.of(new AddCheckSpec("orders", "wanted", "id > 0", null));
    private static final LocksSpec SHORT = new LocksSpec("100ms", "1s", "1s");
    private static final LocksSpec FREE = new LocksSpec("1s", "0s", "60s");

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<CompletableFuture<Void>> atWork = new ArrayList<>();

    static Stream<PgServer> servers() {
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

    private PhaseResult run(PgDatabase database, String phase, String hash, ChangeSpec change, LocksSpec locks) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), progress::add)
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        List.of(change),
                        locks,
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    /** The phase that adds it. */
    private PhaseResult apply(PgDatabase database, ChangeSpec change, LocksSpec locks) {
        PhaseResult.PlanSummary plan =
                run(database, PhaseRequest.PREFLIGHT, null, change, locks).plan();
        String phase = plan.phases().stream()
                .filter(planned -> planned.type().applies())
                .findFirst()
                .orElseThrow()
                .name();
        return run(database, phase, plan.hash(), change, locks);
    }

    private CompletableFuture<PhaseResult> start(PgDatabase database, ChangeSpec change, LocksSpec locks) {
        return CompletableFuture.supplyAsync(() -> apply(database, change, locks), Thread::startVirtualThread);
    }

    /** Transactions of that length, one after the other, each of a row of its own, until it is over. */
    private void writes(PgDatabase database, int row, Duration length, Duration gap) {
        atWork.add(CompletableFuture.runAsync(
                () -> {
                    try (Connection writer = database.connect();
                            Statement statement = writer.createStatement()) {
                        writer.setAutoCommit(false);
                        while (!over.get()) {
                            statement.execute("UPDATE orders SET note = 'x' WHERE id = " + row);
                            pause(length.multipliedBy(
                                            50 + ThreadLocalRandom.current().nextInt(100))
                                    .dividedBy(100));
                            writer.commit();
                            pause(gap);
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Thread::startVirtualThread));
    }

    private static void pause(Duration duration) {
        Timing.system().sleep(duration);
    }

    private void end() {
        over.set(true);
        // A writer that met an error fails the test.
        atWork.forEach(CompletableFuture::join);
    }

    private boolean names(String application) {
        return progress.stream()
                .flatMap(p -> p.blockers().stream())
                .anyMatch(blocker -> blocker.application().equals(application));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void overlappingWritersCostNothingWhereNothingIsAllowedAndItIsHadWhenTheyLeaveAGap(PgServer server)
            throws Exception {
        PgDatabase database = shop(server);
        writes(database, 1, Duration.ofMillis(300), Duration.ZERO);
        writes(database, 2, Duration.ofMillis(300), Duration.ZERO);
        writes(database, 3, Duration.ofMillis(300), Duration.ZERO);
        for (int row = 4; row < 8; row++) {
            writes(database, row, Duration.ofMillis(1), Duration.ofMillis(2));
        }
        CompletableFuture<PhaseResult> phase = start(database, FOREIGN_KEY, FREE);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> phase.isDone()
                        || progress.stream()
                                .anyMatch(p ->
                                        p.contention() != null && p.contention().transactions() > 20));
        end();
        PhaseResult result = phase.get();
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.report().delayedMillis())
                .as("what they waited while it was added")
                .isLessThan(100);
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aBudgetIsSpentWhereItWinsAndNoMoreThanIsAllowed(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        writes(database, 1, Duration.ofMillis(200), Duration.ZERO);
        writes(database, 2, Duration.ofMillis(200), Duration.ZERO);
        writes(database, 3, Duration.ofMillis(1), Duration.ofMillis(2));
        PhaseResult result = apply(database, FOREIGN_KEY, new LocksSpec("1s", "5s", "60s"));
        end();
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.report().delayedMillis()).isLessThanOrEqualTo(5_000);
        assertThat(result.report().longestDelayMillis()).isLessThanOrEqualTo(1_100);
    }

    @ParameterizedTest
    @MethodSource("servers")
    void writersWithoutAnyPauseDoNotKeepTheLockAway(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        for (int row = 1; row <= 8; row++) {
            writes(database, row, Duration.ZERO, Duration.ZERO);
        }
        PhaseResult result = apply(database, FOREIGN_KEY, new LocksSpec("100ms", "1s", "60s"));
        end();
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.report().delayedMillis()).isLessThanOrEqualTo(1_100);
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aLongReaderOrADumpIsInTheWayOfAnAccessExclusiveLockOnly(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection dump = database.connect();
                Statement statement = dump.createStatement()) {
            statement.execute("SET application_name = 'pg_dump'");
            dump.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            dump.setAutoCommit(false);
            statement.execute("LOCK TABLE orders, customers IN ACCESS SHARE MODE");
            pause(Duration.ofMillis(100));
            PhaseResult key = apply(database, FOREIGN_KEY, FREE);
            assertThat(key.outcome()).as(key.message()).isEqualTo(Outcome.DONE);
            assertThat(names("pg_dump")).isFalse();

            PhaseResult notNull =
                    apply(database, ChangeSpec.of(new AddCheckSpec("orders", "positive", "id > 0", null)), SHORT);
            assertThat(notNull.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(notNull.blockers()).extracting(Blocker::mode).containsExactly("ACCESS SHARE");
            assertThat(notNull.message()).contains("(pg_dump)");
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void ofAPartitionedTableTheWriterOfOnePartitionIsNamedAndTheOthersGoOn(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int NOT NULL, note text) PARTITION BY LIST (id)",
                "DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format("
                        + "'CREATE TABLE orders_%s PARTITION OF orders FOR VALUES IN (%s)', i, i); END LOOP; END $$",
                "INSERT INTO orders SELECT generate_series(1, 200)");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("SET application_name = 'nightly-import'");
            writer.setAutoCommit(false);
            statement.execute("UPDATE orders_77 SET note = 'x'");
            for (int row = 1; row < 5; row++) {
                writes(database, row, Duration.ofMillis(1), Duration.ofMillis(2));
            }
            pause(Duration.ofMillis(100));
            CompletableFuture<PhaseResult> phase = start(database, CHECK, new LocksSpec("100ms", "1s", "60s"));
            await().atMost(Duration.ofSeconds(20)).until(() -> phase.isDone() || names("nightly-import"));
            assertThat(phase).isNotDone();
            assertThat(progress.stream()
                            .flatMap(p -> p.blockers().stream())
                            .filter(blocker -> blocker.application().equals("nightly-import"))
                            .map(Blocker::relation))
                    .contains("public.orders_77");
            writer.commit();
            PhaseResult result = phase.get();
            end();
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
            assertThat(result.report().delayedMillis()).isLessThanOrEqualTo(1_100);
        }
    }

    @Test
    void anAutovacuumThatPreventsWraparoundIsNamedAndLeftAtWork() throws Exception {
        PgServer server = PgServers.startOwn(17);
        try {
            server.database("postgres")
                    .execute("ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()");
            PgDatabase database = shop(server);
            database.execute(
                    "INSERT INTO orders SELECT g, NULL, repeat('x', 400) FROM generate_series(101, 3000) AS g",
                    "ALTER TABLE orders SET (autovacuum_freeze_max_age = 100000,"
                            + " autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)",
                    "CREATE TABLE burnt (a int)",
                    // Each of the inner blocks takes a transaction number.
                    "DO $$ BEGIN FOR i IN 1..101000 LOOP BEGIN INSERT INTO burnt VALUES (1); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> "1"
                            .equals(database.queryOne("SELECT count(*) FROM pg_stat_activity"
                                    + " WHERE query LIKE 'autovacuum:%orders%(to prevent wraparound)'")));
            PhaseResult result = apply(database, FOREIGN_KEY, new LocksSpec("100ms", "1s", "3s"));
            assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(result.message()).contains("autovacuum (to prevent wraparound)");
            assertThat(database.queryOne("SELECT count(*) FROM pg_stat_progress_vacuum"))
                    .as("it is still at work")
                    .isEqualTo("1");
        } finally {
            server.local().delete();
        }
    }
}
