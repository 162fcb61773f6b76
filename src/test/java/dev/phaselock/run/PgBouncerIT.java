package dev.phaselock.run;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.local.PgBouncer;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole changes by way of a real PgBouncer, which knows users by their SCRAM secrets alone. */
class PgBouncerIT {
    private static final String SERVERS = "dev.phaselock.postgres.PgServers#all";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aWholeChangeRunsInAPoolInSessionMode(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        PgRole owner = owner(database);
        PgRole user = database.newRole("NOINHERIT");
        database.execute("GRANT " + owner.name() + " TO " + user.name());
        try (PgBouncer pool = pool(server, "session", Map.of())) {
            DatabaseSpec acting =
                    new DatabaseSpec(new SecretReference("shop-db"), null, null, null, owner.name(), null, null);
            List<PhaseResult> results = WholeChange.at(url(pool, user, database), acting, WholeChange.FOREIGN_KEY)
                    .runAll();
            assertThat(results)
                    .hasSize(3)
                    .allSatisfy(result ->
                            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
            assertThat(WholeChange.wanted(database)).isEqualTo("FOREIGN KEY (customer_id) REFERENCES customers(id)");
            database.execute(
                    "ALTER TABLE orders DROP CONSTRAINT wanted", "GRANT CREATE ON SCHEMA public TO " + owner.name());
            assertThat(WholeChange.at(url(pool, user, database), acting, WholeChange.INDEX)
                            .runAll())
                    .allSatisfy(result ->
                            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
            assertNothingIsLeft(pool, user, database);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "statement"})
    void aPoolThatSharesSessionsIsRefusedAndNothingIsSetInThem(String mode) throws Exception {
        for (PgServer server : List.of(PgServers.of(13), PgServers.newest())) {
            PgDatabase database = shop(server);
            PgRole user = owner(database);
            for (String size : List.of("1", "20")) {
                try (PgBouncer pool = pool(server, mode, Map.of("default_pool_size", size))) {
                    PhaseResult refused =
                            WholeChange.foreignKey(url(pool, user, database)).preflight();
                    assertThat(refused.outcome()).as(refused.message()).isEqualTo(Outcome.REFUSED);
                    assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED);
                    assertThat(refused.message())
                            .contains("127.0.0.1:" + pool.port())
                            .contains("pooler")
                            .contains("session mode");
                    assertNothingIsLeft(pool, user, database);
                }
            }
        }
    }

    @Test
    void aStatementIsCancelledThroughAPoolInSessionMode() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        PgRole user = owner(database);
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(1) IS NOT NULL'",
                "ALTER TABLE orders ADD CONSTRAINT slow CHECK (slow(total)) NOT VALID");
        try (PgBouncer pool = pool(database.server(), "session", Map.of())) {
            WholeChange change = WholeChange.at(
                    url(pool, user, database),
                    WholeChange.ANY_DATABASE,
                    ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(total)", null)));
            PhaseResult.PlanSummary plan = change.preflight().plan();
            AtomicReference<Interruption> interruption = new AtomicReference<>();
            CompletableFuture<PhaseResult> validation = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                interruption.set(new Interruption());
                validation.complete(change.run(plan.phases().getLast().name(), plan.hash(), interruption.get()));
            });
            await().atMost(20, SECONDS)
                    .until(() -> !database.query(
                                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                                            + " AND state = 'active' AND query LIKE '%VALIDATE CONSTRAINT%' AND pid <> pg_backend_pid()")
                            .isEmpty());
            interruption.get().request();
            assertThat(validation.get(20, SECONDS).outcome()).isEqualTo(Outcome.INTERRUPTED);
        }
    }

    @Test
    void aUserThatThePoolDoesNotKnowOrAPasswordThatIsWrongIsRefused() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        PgRole user = owner(database);
        try (PgBouncer pool = pool(database.server(), "session", Map.of())) {
            for (PgRole other : List.of(new PgRole(user.name(), "geheim"), new PgRole("nobody_there", "geheim"))) {
                PhaseResult refused =
                        WholeChange.foreignKey(url(pool, other, database)).preflight();
                assertThat(refused.outcome()).as(refused.message()).isEqualTo(Outcome.REFUSED);
                assertThat(refused.reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
                assertThat(refused.message())
                        .contains("127.0.0.1:" + pool.port())
                        .doesNotContain("geheim");
            }
            PhaseResult missing = WholeChange.foreignKey(
                            url(pool, user, database.server().database("nowhere")))
                    .preflight();
            assertThat(missing.reason()).as(missing.message()).isEqualTo(Reason.DATABASE_MISSING);
        }
    }

    @Test
    void aPoolWhoseServerIsAwayIsTriedAgain() throws Exception {
        PgServer server = PgServers.startOwn(18);
        PgDatabase database = shop(server);
        PgRole user = owner(database);
        try (PgBouncer pool = pool(server, "session", Map.of("server_login_retry", "1", "query_wait_timeout", "2"))) {
            WholeChange change = WholeChange.foreignKey(url(pool, user, database));
            assertThat(change.preflight().outcome()).isEqualTo(Outcome.DONE);
            PgServers.crash(server);
            PhaseResult away = change.preflight();
            assertThat(away.outcome()).as(away.message()).isEqualTo(Outcome.TRANSIENT);
            assertThat(away.reason()).as(away.message()).isIn(Reason.CONNECTION_FAILED, Reason.RETRYING_CONNECTION);
            assertThat(away.message()).contains("127.0.0.1:" + pool.port());
        } finally {
            server.local().delete();
        }
    }

    @Test
    void aPoolWithASingleSessionIsSaidToHaveTooFew() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        PgRole user = owner(database);
        try (PgBouncer pool = pool(database.server(), "session", Map.of("default_pool_size", "1"))) {
            WholeChange change = WholeChange.foreignKey(url(pool, user, database));
            String hash = change.preflight().plan().hash();
            long began = System.nanoTime();
            PhaseResult result = change.run("1-apply", hash);
            assertThat(System.nanoTime() - began).isLessThan(SECONDS.toNanos(60));
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TRANSIENT);
            assertThat(result.message()).contains("127.0.0.1:" + pool.port()).contains("sessions");
            assertThat(WholeChange.wanted(database)).isNull();
        }
    }

    @Test
    void poolsThatShareSessionsAreFoundOutAlsoBehindABalancer() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        PgRole user = owner(database);
        try (PgBouncer one = pool(database.server(), "transaction", Map.of());
                PgBouncer two = pool(database.server(), "transaction", Map.of());
                PgBouncer three = pool(database.server(), "transaction", Map.of());
                RoundRobin balancer = new RoundRobin(List.of(one.port(), two.port(), three.port()))) {
            String url = url(one, user, database).replace(":" + one.port() + "/", ":" + balancer.port() + "/");
            for (int i = 0; i < 3; i++) {
                PhaseResult refused = WholeChange.foreignKey(url).preflight();
                assertThat(refused.reason()).as(refused.message()).isEqualTo(Reason.UNSUPPORTED);
            }
            for (PgBouncer pool : List.of(one, two, three)) {
                assertNothingIsLeft(pool, user, database);
            }
        }
    }

    @Test
    void poolsInSessionModeBehindABalancerAreFine() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        PgRole user = owner(database);
        try (PgBouncer one = pool(database.server(), "session", Map.of());
                PgBouncer two = pool(database.server(), "session", Map.of());
                RoundRobin balancer = new RoundRobin(List.of(one.port(), two.port()))) {
            String url = url(one, user, database).replace(":" + one.port() + "/", ":" + balancer.port() + "/");
            assertThat(WholeChange.foreignKey(url).runAll())
                    .hasSize(3)
                    .allSatisfy(result ->
                            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
        }
    }

    private PgBouncer pool(PgServer server, String mode, Map<String, String> settings)
            throws IOException, SQLException {
        List<String> users = server.database("postgres")
                .query("SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid"
                        + " WHERE rolpassword IS NOT NULL");
        Map<String, String> all = new TreeMap<>(settings);
        all.put("pool_mode", mode);
        return PgBouncer.start(PgBouncer.program(Path.of("build", "pgbouncer")), server.port(), users, folder, all);
    }

    private static String url(PgBouncer pool, PgRole user, PgDatabase database) {
        return pool.url(user.name(), user.password(), database.name());
    }

    /** What the next one finds who is given a session of the pool. */
    private static void assertNothingIsLeft(PgBouncer pool, PgRole user, PgDatabase database) throws SQLException {
        try (Connection next = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + pool.port() + "/" + database.name(),
                        user.name(),
                        user.password());
                Statement statement = next.createStatement();
                ResultSet changed = statement.executeQuery(
                        "SELECT current_user || coalesce((SELECT string_agg(name, ',')"
                                + " FROM pg_settings WHERE source = 'session' AND name IN ('role', 'search_path',"
                                + " 'statement_timeout', 'lock_timeout', 'client_min_messages', 'tcp_user_timeout')), '')")) {
            assertThat(changed.next()).isTrue();
            assertThat(changed.getString(1)).isEqualTo(user.name());
        }
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        WholeChange.createTables(database);
        return database;
    }

    private static PgRole owner(PgDatabase database) throws SQLException {
        PgRole owner = database.newRole("");
        database.execute(
                "ALTER TABLE orders OWNER TO " + owner.name(), "ALTER TABLE customers OWNER TO " + owner.name());
        return owner;
    }
}
