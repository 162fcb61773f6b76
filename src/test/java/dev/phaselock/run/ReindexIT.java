package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.ReindexSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes that are built anew while others work, also after a REINDEX that was killed. */
class ReindexIT {
    private static final String[] SETUP = {
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        "CREATE TABLE orders (id int PRIMARY KEY, total int, note text)",
        "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g",
        "CREATE UNIQUE INDEX \"Total $1'\" ON orders (total) WHERE total > 0",
        "CREATE TABLE refers (id int REFERENCES orders)",
        "CREATE TABLE slots (id int, CONSTRAINT slots_x EXCLUDE USING gist (id WITH =))",
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
    };

    /** The files that an index has, which REINDEX changes; and whether it is valid. */
    private static final String FILES = "SELECT c.relname, c.relfilenode, i.indisvalid FROM pg_index i JOIN pg_class c"
            + " ON c.oid = i.indexrelid WHERE i.indrelid = '%s'::regclass ORDER BY 1";

    private static final String NAMES = "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c"
            + " ON c.oid = i.indexrelid WHERE i.indrelid = '%s'::regclass ORDER BY 1";

    private static ChangeSpec reindex(@Nullable String table, @Nullable String index) {
        return ChangeSpec.of(new ReindexSpec(table, index));
    }

    private static PhaseResult run(
            PgDatabase database, String phase, @Nullable String hash, Interruption stop, ChangeSpec change) {
        return new PhaseRunner(database::connect, Timing.system(), stop, _ -> {})
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

    private static PhaseResult preflight(PgDatabase database, ChangeSpec change) {
        return run(database, PhaseRequest.PREFLIGHT, null, new Interruption(), change);
    }

    private static PhaseResult all(PgDatabase database, ChangeSpec change) {
        PhaseResult preflight = preflight(database, change);
        assertThat(preflight.outcome()).as(preflight.message()).isEqualTo(Outcome.DONE);
        assertThat(preflight.validated()).isFalse();
        return run(database, "1-index", preflight.plan().hash(), new Interruption(), change);
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        return database;
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theIndexesOfATableAreBuiltAnewThoseOfKeysToo(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        List<String> before = database.query(FILES.formatted("orders"));
        PhaseResult result = all(database, reindex("orders", null));
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.validated()).isTrue();
        List<String> after = database.query(FILES.formatted("orders"));
        assertThat(after).hasSize(2).doesNotContainAnyElementsOf(before).allMatch(row -> row.endsWith("|t"));
        assertThat(database.query(NAMES.formatted("orders"))).containsExactly("Total $1'|t", "orders_pkey|t");

        all(database, reindex(null, "\"Total $1'\""));
        assertThat(database.query(FILES.formatted("orders")))
                .filteredOn(after::contains)
                .singleElement()
                .satisfies(row -> assertThat(row).startsWith("orders_pkey"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableThoseOfAllPartitions(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        List<String> before = database.query(FILES.formatted("p1"));
        assertThat(all(database, reindex("p", null)).outcome()).isEqualTo(Outcome.DONE);
        assertThat(database.query(FILES.formatted("p1"))).hasSize(1).doesNotContainAnyElementsOf(before);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefused(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        assertThat(preflight(database, reindex("slots", "slots_x")).reason()).isEqualTo(Reason.UNSUPPORTED);
        assertThat(preflight(database, reindex("p", "p_pkey")).reason()).isEqualTo(Reason.UNSUPPORTED);
        assertThat(preflight(database, reindex("orders", "missing")).reason()).isEqualTo(Reason.INVALID_TARGET);
        PhaseResult missing = preflight(database, reindex(null, "public.missing"));
        assertThat(missing.reason()).isEqualTo(Reason.INVALID_TARGET);
        assertThat(missing.message()).contains("index public.missing is not there");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatAKilledOneLeftGoesAndItIsBuiltAgain(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        ChangeSpec change = reindex("orders", "\"Total $1'\"");
        // What an index of the same ending is that is another's: valid, or of another definition.
        database.execute(
                "CREATE INDEX \"Total $1'_ccnew\" ON orders (note)",
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\"Total $1''_ccnew\"'::regclass");
        String hash = preflight(database, change).plan().hash();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE orders SET note = 'x' WHERE id = 1");
            CompletableFuture<PhaseResult> running = CompletableFuture.supplyAsync(
                    () -> run(database, "1-index", hash, new Interruption(), change), Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> database.query(NAMES.formatted("orders")).contains("Total $1'_ccnew1|f"));
            database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX%'"
                    + " AND pid <> pg_backend_pid() AND datname = current_database()");
            assertThat(running.get().outcome()).isEqualTo(Outcome.TRANSIENT);
            writer.rollback();
        }
        assertThat(database.query(NAMES.formatted("orders"))).contains("Total $1'_ccnew1|f", "Total $1'|t");
        assertThat(preflight(database, change).plan().hash()).isEqualTo(hash);

        PhaseResult again = run(database, "1-index", hash, new Interruption(), change);
        assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.DONE);
        assertThat(database.query(NAMES.formatted("orders")))
                .containsExactly("Total $1'|t", "Total $1'_ccnew|f", "orders_pkey|t");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aWriterThatIsOpenIsWaitedForAndAnInterruptionEndsIt(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        ChangeSpec change = reindex("orders", null);
        String hash = preflight(database, change).plan().hash();
        var stop = new Interruption();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE orders SET note = 'x' WHERE id = 1");
            CompletableFuture<PhaseResult> running = CompletableFuture.supplyAsync(
                    () -> run(database, "1-index", hash, stop, change), Thread::startVirtualThread);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> database.query(NAMES.formatted("orders")).size() == 3);
            // Nobody waits behind it.
            database.execute("SET lock_timeout = '1s'; INSERT INTO orders VALUES (1000, 1000)");
            stop.request();
            assertThat(running.get().outcome()).isEqualTo(Outcome.INTERRUPTED);
            writer.rollback();
        }
        assertThat(run(database, "1-index", hash, new Interruption(), change).outcome())
                .isEqualTo(Outcome.DONE);
        assertThat(database.query(NAMES.formatted("orders"))).containsExactly("Total $1'|t", "orders_pkey|t");
    }
}
