package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What other tools get wrong (docs/traps.md), where no other test has it. */
class TrapsIT {
    static Stream<PgServer> ends() {
        return Stream.of(PgServers.of(13), PgServers.newest());
    }

    @ParameterizedTest
    @MethodSource("ends")
    void anIndexOutlivesTheTimeoutsOfItsUserAndAnOldSnapshot(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int)",
                "CREATE TABLE other (id int)",
                "ALTER DATABASE " + database.name() + " SET lock_timeout = '50ms'",
                "ALTER DATABASE " + database.name() + " SET statement_timeout = '50ms'");
        CompletableFuture<List<PhaseResult>> run;
        try (Connection old = database.connect();
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT FROM other");
            run = CompletableFuture.supplyAsync(
                    () -> WholeRun.of(database, List.of(index())).untilItEnds(), Thread::startVirtualThread);
            // Ten times the timeouts, in which it waits for the snapshot.
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> run.isDone()
                            || "1"
                                    .equals(database.queryOne("SELECT count(*) FROM pg_stat_activity"
                                            + " WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND state = 'active'"
                                            + " AND wait_event_type = 'Lock' AND datname = current_database()"
                                            + " AND clock_timestamp() - query_start > interval '500 ms'")));
            assertThat(run).isNotDone();
            old.rollback();
        }
        List<PhaseResult> results = run.get(60, TimeUnit.SECONDS);
        assertThat(results.getLast().message()).isNotBlank();
        assertThat(results).extracting(PhaseResult::outcome).containsOnly(Outcome.DONE);
        assertThat(database.query("SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
                        + " WHERE indrelid = 'orders'::regclass"))
                .containsExactly("wanted|t");
    }

    @ParameterizedTest
    @MethodSource("ends")
    void whoUsesATableOfTheSameNameIsInNobodysWay(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE TABLE orders (id int)", "CREATE SCHEMA old", "CREATE TABLE old.orders (id int)");
        try (Connection user = database.connect();
                Statement statement = user.createStatement()) {
            user.setAutoCommit(false);
            statement.execute("LOCK TABLE old.orders");
            List<PhaseResult> results = WholeRun.of(
                            database, List.of(ChangeSpec.of(new AddCheckSpec("orders", "wanted", "id > 0", null))))
                    .untilItEnds();
            assertThat(results).extracting(PhaseResult::outcome).containsOnly(Outcome.DONE);
            assertThat(results)
                    .allSatisfy(result -> assertThat(result.blockers()).isEmpty());
            user.rollback();
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void whoReadsWithParallelWorkersIsNamedOnce(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE TABLE orders (id int)", "INSERT INTO orders SELECT generate_series(1, 10000)");
        try (Connection reader = database.connect();
                Statement statement = reader.createStatement()) {
            for (String setting : List.of(
                    "parallel_setup_cost = 0",
                    "parallel_tuple_cost = 0",
                    "min_parallel_table_scan_size = 0",
                    "max_parallel_workers_per_gather = 2")) {
                statement.execute("SET " + setting);
            }
            statement.execute("SET application_name = 'report'");
            CompletableFuture<Void> reading = CompletableFuture.runAsync(
                    () -> {
                        try {
                            statement.execute(
                                    "SELECT count(*) FROM orders WHERE pg_sleep(0.01) IS NOT NULL AND id > 0");
                        } catch (SQLException e) {
                            // Cancelled, when all is seen.
                            assertThat(e.getSQLState()).isEqualTo("57014");
                        }
                    },
                    Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !database.query(
                                    "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                                            + " WHERE a.leader_pid IS NOT NULL AND l.relation = 'orders'::regclass AND l.granted")
                            .isEmpty());
            WholeRun run = new WholeRun(
                    database,
                    server.port(),
                    List.of(ChangeSpec.of(new AddCheckSpec("orders", "wanted", "id > 0", null))),
                    new LocksSpec("100ms", "1s", "2s"));
            PhaseResult last = run.untilItEnds().getLast();
            statement.cancel();
            reading.get(60, TimeUnit.SECONDS);
            assertThat(last.outcome()).as(last.message()).isEqualTo(Outcome.DEADLINE);
            assertThat(last.blockers())
                    .singleElement()
                    .satisfies(blocker -> assertThat(blocker.application()).isEqualTo("report"));
        }
    }

    private static ChangeSpec index() {
        return ChangeSpec.of(new CreateIndexSpec(
                "orders", "wanted", List.of(CreateIndexSpec.Column.of("id")), null, null, null, null, null, null));
    }
}
