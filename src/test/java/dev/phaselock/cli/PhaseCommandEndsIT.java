package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** RUN-1, with the process that a Job runs: asked to end, and killed. */
class PhaseCommandEndsIT {
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

    /** The scan of a hundred rows takes 20 s. */
    private static final ChangeSpec SLOW_CHECK = ChangeSpec.of(new AddCheckSpec("orders", "wanted", "slow(id)", null));

    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    static Stream<PgServer> oldestAndNewest() {
        return Stream.of(PgServers.of(13), PgServers.newest());
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g",
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.2) IS NOT NULL'");
        return database;
    }

    private Process start(String url, String phase, @Nullable String hash, ChangeSpec change) throws IOException {
        Path secret = Files.createDirectories(folder.resolve("secret"));
        Files.writeString(secret.resolve("uri"), url);
        Files.deleteIfExists(resultFile());
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "phase")
                .redirectErrorStream(true)
                .redirectOutput(output().toFile());
        builder.environment().put("PHASELOCK_REQUEST", ResultJson.write(request(phase, hash, change)));
        builder.environment().put("PHASELOCK_SECRET_DIR", secret.toString());
        builder.environment().put("PHASELOCK_RESULT", resultFile().toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Path output() {
        return folder.resolve("output");
    }

    private Path resultFile() {
        return folder.resolve("result");
    }

    private PhaseResult result() throws IOException {
        return ResultJson.read(Files.readString(resultFile()), PhaseResult.class);
    }

    /** Without a process: nobody ends that. */
    private static String planHash(PgDatabase database, ChangeSpec change) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(request(PhaseRequest.PREFLIGHT, null, change))
                .plan()
                .hash();
    }

    private void runToItsEnd(PgDatabase database, String phase, String hash, ChangeSpec change) throws Exception {
        Process process = start(database.url(), phase, hash, change);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        PhaseResult result = result();
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(process.exitValue()).isZero();
    }

    private static PhaseRequest request(String phase, @Nullable String hash, ChangeSpec change) {
        return new PhaseRequest(
                "shop/test",
                phase,
                hash,
                new DatabaseSpec(new SecretReference("shop-db-app"), null, null, null, null, null, null),
                List.of(change),
                LocksSpec.DEFAULT,
                ValidationSpec.DEFAULT,
                0,
                0,
                null);
    }

    private void awaitActivity(Activity activity) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(POLL)
                .until(() -> Files.readString(output()).contains("\"" + activity.name() + "\""));
    }

    /** Asks it to end, as a kubelet does. */
    private PhaseResult terminate(Process process) throws Exception {
        process.destroy();
        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output())).isEqualTo(Outcome.INTERRUPTED.exitCode());
        PhaseResult result = result();
        assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(result.reason()).isEqualTo(Reason.INTERRUPTED);
        return result;
    }

    private static @Nullable String wanted(PgDatabase database) throws SQLException {
        return database.queryOne(
                "SELECT convalidated || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'wanted'");
    }

    private static void awaitNothingLeft(PgDatabase database) {
        await().atMost(Duration.ofSeconds(7))
                .pollInterval(POLL)
                .until(() -> "0"
                        .equals(database.queryOne(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND application_name LIKE 'phaselock/%'")));
    }

    @Test
    void askedToEndWhileItWaitsForALockItEndsWithNothingChanged() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        String hash = planHash(database, FOREIGN_KEY);
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN; UPDATE orders SET customer_id = 2 WHERE id = 1");
            Process process = start(database.url(), "1-apply", hash, FOREIGN_KEY);
            awaitActivity(Activity.WAITING_FOR_LOCK);
            PhaseResult result = terminate(process);
            assertThat(result.blockers()).hasSize(1);
            awaitNothingLeft(database);
            assertThat(wanted(database)).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void askedToEndWhileItVerifiesOrValidatesItCancelsTheScan(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        String hash = planHash(database, SLOW_CHECK);
        Process verifying = start(database.url(), "1-verify", hash, SLOW_CHECK);
        await().atMost(Duration.ofSeconds(30)).pollInterval(POLL).until(() -> scans(database));
        terminate(verifying);
        awaitNothingLeft(database);
        assertThat(wanted(database)).isNull();

        runToItsEnd(database, "2-apply", hash, SLOW_CHECK);
        Process validating = start(database.url(), "3-validate", hash, SLOW_CHECK);
        awaitActivity(Activity.VALIDATING);
        await().pollInterval(POLL).until(() -> scans(database));
        terminate(validating);
        awaitNothingLeft(database);
        assertThat(wanted(database)).isEqualTo("false CHECK (slow(id)) NOT VALID");
    }

    private static boolean scans(PgDatabase database) throws SQLException {
        return database.queryOne("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND application_name LIKE 'phaselock/%' AND wait_event = 'PgSleep'")
                != null;
    }

    @Test
    void askedToEndWhileAServerDoesNotAnswerItDoesNotWaitForIt() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start(
                    "postgresql://me:secret@127.0.0.1:" + silent.getLocalPort() + "/shop",
                    PhaseRequest.PREFLIGHT,
                    null,
                    FOREIGN_KEY);
            silent.accept();
            terminate(process);
        }
    }

    @Test
    void killedWhileItWaitsForALockItLeavesNothingBehind() throws Exception {
        PgDatabase database = shop(PgServers.newest());
        String hash = planHash(database, FOREIGN_KEY);
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN; UPDATE orders SET customer_id = 2 WHERE id = 1");
            Process process = start(database.url(), "1-apply", hash, FOREIGN_KEY);
            awaitActivity(Activity.WAITING_FOR_LOCK);
            process.destroyForcibly().waitFor();
            awaitNothingLeft(database);
            assertThat(wanted(database)).isNull();
        }
        runToItsEnd(database, "1-apply", hash, FOREIGN_KEY);
        assertThat(wanted(database)).startsWith("false FOREIGN KEY");
    }

    @Test
    void killedAtAnyMomentAndRunAgainItEndsTheSame() throws Exception {
        PgDatabase database = shop(PgServers.of(13));
        String hash = planHash(database, FOREIGN_KEY);
        for (String phase : List.of("1-apply", "2-validate")) {
            // From its first session on, a little later each time: until it is through before it is killed.
            long millis = 0;
            Process process;
            do {
                process = start(database.url(), phase, hash, FOREIGN_KEY);
                Process running = process;
                await().atMost(Duration.ofSeconds(30))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() ->
                                !running.isAlive() || Files.readString(output()).contains(Activity.PLANNING.name()));
                process.waitFor(millis, TimeUnit.MILLISECONDS);
                process.destroyForcibly().waitFor();
                awaitNothingLeft(database);
                millis += 100;
            } while (process.exitValue() != 0);
        }
        assertThat(wanted(database)).isEqualTo("true FOREIGN KEY (customer_id) REFERENCES customers(id)");
        assertThat(database.queryOne("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"))
                .isEqualTo("1");
    }
}
