package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A partition that is detached while others work. */
class DetachWorkIT {
    private static final DatabaseSpec DATABASE =
            new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null);
    private static final String PENDING = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";

    static Stream<PgServer> from14() {
        return PgServers.between(14, 18);
    }

    private static PhaseResult run(PgDatabase database, String phase, @Nullable String hash) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        DATABASE,
                        List.of(ChangeSpec.of(new DetachPartitionSpec("t", "t0"))),
                        new LocksSpec("100ms", "1s", "60s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    @ParameterizedTest
    @MethodSource("from14")
    void whoWritesToThePartitionItselfWaitsNoLongerThanOneTry(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE t (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)");
        String hash = run(database, PhaseRequest.PREFLIGHT, null).plan().hash();
        CompletableFuture<PhaseResult> detaching;
        try (Connection holder = database.connect();
                Connection writer = database.connect();
                Statement held = holder.createStatement();
                Statement writes = writer.createStatement()) {
            holder.setAutoCommit(false);
            held.execute("INSERT INTO t0 VALUES (1)");
            detaching = CompletableFuture.supplyAsync(() -> run(database, "1-index", hash), Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> database.queryOne(PENDING).equals("1"));
            for (int i = 0; i < 20; i++) {
                long began = System.nanoTime();
                writes.execute("INSERT INTO t0 VALUES (2)");
                // The timeout, a look's pause, and the machine's own.
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                        .isLessThan(1_000);
            }
            assertThat(detaching).isNotDone();
            holder.commit();
        }
        PhaseResult result = detaching.get(60, TimeUnit.SECONDS);
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(database.queryOne("SELECT count(*) FROM pg_inherits WHERE inhrelid = 't0'::regclass"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @MethodSource("from14")
    void aReaderOfTheTableHoldsItUpAndNobodyWaitsForIt(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE t (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (100) TO (200)");
        String hash = run(database, PhaseRequest.PREFLIGHT, null).plan().hash();
        CompletableFuture<PhaseResult> detaching;
        try (Connection holder = database.connect();
                Connection other = database.connect();
                Statement held = holder.createStatement();
                Statement statement = other.createStatement()) {
            holder.setAutoCommit(false);
            held.execute("INSERT INTO t VALUES (1)");
            detaching = CompletableFuture.supplyAsync(() -> run(database, "1-index", hash), Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> database.queryOne(PENDING).equals("1"));
            statement.execute("SET lock_timeout = '1s'");
            statement.execute("INSERT INTO t VALUES (101)");
            held.execute("INSERT INTO t VALUES (102)");
            assertThat(detaching).isNotDone();
            holder.commit();
        }
        assertThat(detaching.orTimeout(60, TimeUnit.SECONDS).join().outcome()).isEqualTo(Outcome.DONE);
    }
}
