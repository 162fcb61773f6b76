package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.BlockersSpec;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.postgres.BlockerSignal;
import dev.phaselock.postgres.BuildView;
import dev.phaselock.postgres.LockTable;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

class LockAcquisitionIT {
    private static final LockLimits PATIENT =
            new LockLimits(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofMinutes(1));

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final Interruption interruption = new Interruption();

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g");
        return database;
    }

    private static Step.Brief addForeignKey(PgDatabase database) throws SQLException {
        return new Step.Brief(
                "add the key",
                false,
                List.of(
                        lock(database, "orders", LockMode.SHARE_ROW_EXCLUSIVE),
                        lock(database, "customers", LockMode.SHARE_ROW_EXCLUSIVE)),
                List.of("ALTER TABLE public.orders ADD CONSTRAINT fk FOREIGN KEY (customer_id)"
                        + " REFERENCES public.customers (id) NOT VALID"),
                null);
    }

    private static RelationLock lock(PgDatabase database, String table, LockMode mode) throws SQLException {
        long oid = Long.parseLong(database.queryOne("SELECT '" + table + "'::regclass::oid"));
        return new RelationLock(new Relation(oid, QualifiedName.of("public", table)), mode, true);
    }

    private LockAcquisition.Ending run(PgDatabase database, Step.Brief step, LockLimits limits) throws SQLException {
        try (Connection session = database.connect();
                Connection watcher = database.connect()) {
            int pid = session.unwrap(PGConnection.class).getBackendPID();
            acquisition = new LockAcquisition(
                    session,
                    new LockView(new LockTable(watcher), new BuildView(watcher), pid, Timing.system()),
                    new BlockerSignal(watcher),
                    limits,
                    Timing.system(),
                    interruption,
                    progress::add);
            return acquisition.run(step);
        }
    }

    private LockAcquisition acquisition;

    private static boolean keyIsThere(PgDatabase database) throws SQLException {
        return database.queryOne("SELECT 1 FROM pg_constraint WHERE conname = 'fk'") != null;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void commitsAtOnceWhenNobodyIsInTheWay(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        assertThat(run(database, addForeignKey(database), PATIENT)).isEqualTo(LockAcquisition.Ending.COMMITTED);
        assertThat(keyIsThere(database)).isTrue();
        assertThat(acquisition.report().tries()).isEqualTo(1);
        assertThat(acquisition.report().writersDelayed()).isZero();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void neverQueuesBehindALongTransactionAndNamesIt(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            execute(writer, "SET application_name = 'nightly-import'");
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            Thread.sleep(300);
            AtomicLong longestWrite = new AtomicLong();
            AtomicBoolean over = new AtomicBoolean();
            Thread other = Thread.ofVirtual().start(() -> write(database, longestWrite, over));
            CompletableFuture<LockAcquisition.Ending> ending = start(database, PATIENT);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> progress.stream()
                            .anyMatch(p -> p.blockers().stream()
                                    .anyMatch(b -> b.application().equals("nightly-import"))));
            assertThat(ending).isNotDone();
            writer.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
            over.set(true);
            other.join();
            // No writer stood behind the transaction that was in the way for longer than one short try.
            assertThat(acquisition.report().longestDelayMillis()).isLessThan(100);
            assertThat(progress.stream().flatMap(p -> p.blockers().stream())).anySatisfy(blocker -> {
                assertThat(blocker.state()).isEqualTo("idle in transaction");
                assertThat(blocker.mode()).isEqualTo("ROW EXCLUSIVE");
                assertThat(blocker.relation()).isEqualTo("public.orders");
                assertThat(blocker.ageMillis()).isGreaterThanOrEqualTo(250);
            });
        }
        assertThat(keyIsThere(database)).isTrue();
    }

    private static void write(PgDatabase database, AtomicLong longest, AtomicBoolean over) {
        try (Connection writer = database.connect()) {
            while (!over.get()) {
                long start = System.nanoTime();
                execute(writer, "UPDATE orders SET customer_id = 3 WHERE id = 3");
                longest.accumulateAndGet(System.nanoTime() - start, Math::max);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private CompletableFuture<LockAcquisition.Ending> start(PgDatabase database, LockLimits limits) throws Exception {
        Step.Brief step = addForeignKey(database);
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return run(database, step, limits);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                    // Not in the common pool: that has a single thread on a machine with two cores.
                },
                Thread::startVirtualThread);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void endsAtTheDeadlineWithNothingChanged(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            writer.setAutoCommit(false);
            execute(writer, "DELETE FROM customers WHERE id = 100");
            Thread.sleep(100);
            LockLimits impatient = new LockLimits(Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofMillis(500));
            assertThat(run(database, addForeignKey(database), impatient)).isEqualTo(LockAcquisition.Ending.DEADLINE);
            assertThat(acquisition.blockers()).extracting("relation").containsExactly("public.customers");
        }
        assertThat(keyIsThere(database)).isFalse();
        assertThat(database.queryOne("SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void interruptionEndsAWaitWithNothingChanged(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            CompletableFuture<LockAcquisition.Ending> ending = start(database, PATIENT);
            await().until(() -> !progress.isEmpty());
            interruption.request();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.INTERRUPTED);
        }
        assertThat(keyIsThere(database)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rollsBackWhenTheStatementTakesAStrongerLockThanPlanned(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        Step.Brief lying = new Step.Brief(
                "takes ACCESS EXCLUSIVE",
                false,
                List.of(lock(database, "orders", LockMode.SHARE_ROW_EXCLUSIVE)),
                List.of("ALTER TABLE public.orders ADD COLUMN note text"),
                null);
        assertThatThrownBy(() -> run(database, lying, PATIENT))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo(BriefMessage.UNPLANNED_LOCK);
        assertThat(database.queryOne(
                        "SELECT 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'"))
                .isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void doesNothingWhenTheGuardIsNotTrueUnderTheLocks(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        Step.Brief step = addForeignKey(database);
        Step.Brief guarded = new Step.Brief(step.label(), false, step.locks(), step.statements(), "(SELECT false)");
        assertThat(run(database, guarded, PATIENT)).isEqualTo(LockAcquisition.Ending.GUARD_FAILED);
        assertThat(keyIsThere(database)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theApplicationIsNeverTheVictimOfADeadlock(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection application = database.connect()) {
            application.setAutoCommit(false);
            execute(application, "UPDATE customers SET id = 100 WHERE id = 100");
            CompletableFuture<LockAcquisition.Ending> ending = start(database, PATIENT);
            await().until(() -> !progress.isEmpty());
            execute(application, "UPDATE orders SET customer_id = 1 WHERE id = 1");
            application.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPreparedTransactionIsABlockerWithoutAPid(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            execute(writer, "BEGIN");
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            execute(writer, "PREPARE TRANSACTION 'left'");
        }
        LockLimits impatient = new LockLimits(Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofMillis(300));
        assertThat(run(database, addForeignKey(database), impatient)).isEqualTo(LockAcquisition.Ending.DEADLINE);
        assertThat(acquisition.blockers()).singleElement().satisfies(blocker -> {
            assertThat(blocker.pid()).isNull();
            assertThat(blocker.state()).isEqualTo("prepared");
        });
        database.execute("ROLLBACK PREPARED 'left'");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void twoRunnersOfOneRelationEndWithOneKey(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        CompletableFuture<LockAcquisition.Ending> first = start(database, PATIENT);
        CompletableFuture<LockAcquisition.Ending> second = start(database, PATIENT);
        int committed = 0;
        for (CompletableFuture<LockAcquisition.Ending> runner : List.of(first, second)) {
            try {
                assertThat(runner.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
                committed++;
            } catch (ExecutionException e) {
                assertThat(((SQLException) e.getCause().getCause()).getSQLState())
                        .isEqualTo(SqlStates.DUPLICATE_OBJECT);
            }
        }
        assertThat(committed).isEqualTo(1);
        assertThat(database.queryOne("SELECT count(*) FROM pg_constraint WHERE conname = 'fk'"))
                .isEqualTo("1");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withABudgetOfNothingNobodyEverWaits(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        LockLimits nothing = new LockLimits(Duration.ofSeconds(1), Duration.ZERO, Duration.ofMinutes(1));
        try (Connection writer = database.connect()) {
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            CompletableFuture<LockAcquisition.Ending> ending = start(database, nothing);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> progress.stream()
                            .anyMatch(p ->
                                    p.contention() != null && p.contention().seenMillis() > 2_000));
            assertThat(acquisition.report().tries())
                    .as("tries where somebody has just begun do not wait")
                    .isLessThan(10);
            assertThat(ending).isNotDone();
            writer.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
        }
        assertThat(acquisition.report().writersDelayed()).isZero();
        assertThat(keyIsThere(database)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatWasSeenOfTheTransactionsInTheWayIsTold(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            CompletableFuture<LockAcquisition.Ending> ending =
                    start(database, new LockLimits(Duration.ofMillis(1), Duration.ZERO, Duration.ofMinutes(1)));
            for (int i = 0; i < 3; i++) {
                int seen = i + 1;
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> progress.stream()
                                .anyMatch(p ->
                                        p.contention() != null && p.contention().transactions() >= seen));
                if (i < 2) {
                    // The next one holds the lock before the first gives it back: there is no gap.
                    try (Connection next = database.connect()) {
                        next.setAutoCommit(false);
                        execute(next, "UPDATE orders SET customer_id = 3 WHERE id = " + (i + 2));
                        await().pollDelay(Duration.ofMillis(100)).until(() -> true);
                        writer.commit();
                        execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
                        await().pollDelay(Duration.ofMillis(100)).until(() -> true);
                        next.commit();
                    }
                }
            }
            writer.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
        }
        assertThat(acquisition.contention().transactions()).isGreaterThanOrEqualTo(3);
        assertThat(acquisition.contention().longestMillis()).isGreaterThanOrEqualTo(100);
        assertThat(acquisition.contention().medianMillis()).isNotNull();
    }

    private static LockLimits ending(BlockersSpec.Action action) {
        return new LockLimits(
                Duration.ofMillis(20),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                () -> true,
                action,
                Duration.ofMillis(300));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whoIsOlderThanAllowedIsTerminatedAndNamed(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        PgRole role = database.newRole("");
        database.execute("GRANT ALL ON orders, customers TO " + role.name());
        try (Connection writer = database.connect(role)) {
            execute(writer, "SET application_name = 'forgotten'");
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            assertThat(run(database, addForeignKey(database), ending(BlockersSpec.Action.TERMINATE)))
                    .isEqualTo(LockAcquisition.Ending.COMMITTED);
            assertThatThrownBy(() -> execute(writer, "SELECT 1")).isInstanceOf(SQLException.class);
        }
        assertThat(acquisition.report().blockersEnded()).isEqualTo(1);
        assertThat(acquisition.report().endings())
                .singleElement()
                .asString()
                .startsWith("Terminated pid ")
                .contains("(forgotten), idle in transaction, whose transaction was in the way and ");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aSuperusersSessionIsNeverEndedAndItIsSaidWhy(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        try (Connection writer = database.connect()) {
            writer.setAutoCommit(false);
            execute(writer, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            CompletableFuture<LockAcquisition.Ending> ending = start(database, ending(BlockersSpec.Action.TERMINATE));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> progress.stream()
                            .flatMap(p -> p.blockers().stream())
                            .anyMatch(blocker -> "it is a superuser's".equals(blocker.spared())));
            writer.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
        }
        assertThat(acquisition.report().blockersEnded()).isZero();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void cancelEndsAStatementAndSparesWhoIsIdle(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        PgRole role = database.newRole("");
        database.execute("GRANT ALL ON orders, customers TO " + role.name());
        try (Connection idle = database.connect(role);
                Connection busy = database.connect(role)) {
            idle.setAutoCommit(false);
            execute(idle, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            CompletableFuture<String> cancelled = CompletableFuture.supplyAsync(() -> {
                try {
                    execute(busy, "UPDATE orders SET customer_id = 2 WHERE id = 2 AND pg_sleep(60) IS NOT NULL");
                    return "";
                } catch (SQLException e) {
                    return e.getSQLState();
                }
            });
            CompletableFuture<LockAcquisition.Ending> ending = start(database, ending(BlockersSpec.Action.CANCEL));
            assertThat(cancelled.get()).isEqualTo(SqlStates.QUERY_CANCELED);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> progress.stream()
                            .flatMap(p -> p.blockers().stream())
                            .anyMatch(blocker ->
                                    "it runs no statement that could be cancelled".equals(blocker.spared())));
            assertThat(ending).isNotDone();
            idle.commit();
            assertThat(ending.get()).isEqualTo(LockAcquisition.Ending.COMMITTED);
        }
        assertThat(acquisition.report().endings())
                .singleElement()
                .asString()
                .startsWith("Cancelled the statement of pid ");
    }
}
