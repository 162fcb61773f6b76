package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.sql.Connection;
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

    private static ChangeSpec index() {
        return ChangeSpec.of(new CreateIndexSpec(
                "orders", "wanted", List.of(CreateIndexSpec.Column.of("id")), null, null, null, null, null, null));
    }
}
