package dev.phaselock.cli;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.local.ControlPlane;
import dev.phaselock.local.KubernetesBinaries;
import dev.phaselock.local.LocalCluster;
import dev.phaselock.local.LocalPostgres;
import dev.phaselock.local.PostgresBinaries;
import dev.phaselock.local.ProcessLedger;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A database, a control plane with a stand-in for its node, and the operator, all on this machine and all in one folder;
 * they go on until {@link #stop}. The operator runs with the rights that deploy/operator/rbac.yaml gives it, no more.
 */
final class Playground {
    static final String NAMESPACE = "phaselock-system";
    static final String SECRET = "shop-db-app";
    static final String OWNER = "shop";
    static final String DATABASE = "shop";
    static final String IMAGE = "phaselock.dev/phaselock:local";

    private static final String OPERATOR_LOG = "operator.log";
    private static final Duration READY = Duration.ofSeconds(90);
    /** An operator that records its AOT cache writes it as it ends. */
    private static final Duration STOP = Duration.ofSeconds(30);

    private final Path folder;
    private final ControlPlane controlPlane;
    private final LocalPostgres postgres;
    private final String ownerPassword;

    private Playground(Path folder, ControlPlane controlPlane, LocalPostgres postgres, String ownerPassword) {
        this.folder = folder;
        this.controlPlane = controlPlane;
        this.postgres = postgres;
        this.ownerPassword = ownerPassword;
    }

    static Path defaultFolder() {
        String state = System.getenv("XDG_STATE_HOME");
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
        return (state == null ? Path.of(home, ".local", "state") : Path.of(state))
                .resolve("phaselock")
                .resolve("up");
    }

    /** The one that runs on a folder, if one does. */
    static Optional<Playground> running(Path folder) throws IOException {
        Optional<ControlPlane> controlPlane = ControlPlane.running(folder.resolve("kubernetes"));
        Optional<LocalPostgres> postgres = LocalPostgres.running(folder.resolve("postgres"));
        if (controlPlane.isEmpty() || postgres.isEmpty()) {
            return Optional.empty();
        }
        String password = Files.readString(folder.resolve("owner-password")).strip();
        return Optional.of(new Playground(folder, controlPlane.get(), postgres.get(), password));
    }

    /**
     * Starts all of it, and returns when all is ready.
     *
     * @param tell is told what is being done
     */
    static Playground start(Home home, Path folder, Consumer<String> tell) throws IOException, SQLException {
        return start(home, folder, home.operator(List.of()), tell);
    }

    /**
     * Likewise, with an operator of another command line.
     *
     * @see #start(Home, Path, Consumer)
     */
    static Playground start(Home home, Path folder, List<String> operator, Consumer<String> tell)
            throws IOException, SQLException {
        return start(home, folder, operator, home.entrypoint(), tell);
    }

    /**
     * Likewise, with Jobs that run another program than the runner.
     *
     * @see #start(Home, Path, Consumer)
     */
    static Playground start(
            Home home, Path folder, List<String> operator, List<String> entrypoint, Consumer<String> tell)
            throws IOException, SQLException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        String password = java.util.HexFormat.of().formatHex(new java.security.SecureRandom().generateSeed(12));
        Files.writeString(folder.resolve("owner-password"), password);
        tell.accept("starts PostgreSQL");
        LocalPostgres postgres = LocalPostgres.start(
                PostgresBinaries.unpack(home.postgres()),
                folder.resolve("postgres"),
                new LocalPostgres.Options(true, Map.of()));
        tell.accept("starts the control plane");
        ControlPlane controlPlane = LocalCluster.startDetached(
                KubernetesBinaries.build(home.resolve("cluster/build")), folder.resolve("kubernetes"), entrypoint);
        Playground playground = new Playground(folder, controlPlane, postgres, password);
        playground.createDatabase();
        tell.accept("starts the operator");
        playground.startProcesses(home, operator);
        return playground;
    }

    private void createDatabase() throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        postgres.jdbcUrl("postgres"), LocalPostgres.SUPERUSER, postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + OWNER + " LOGIN PASSWORD '" + ownerPassword + "'");
            statement.execute("GRANT pg_monitor TO " + OWNER);
            statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + OWNER);
        }
    }

    private void startProcesses(Home home, List<String> operator) throws IOException {
        int healthPort = freePort();
        try (KubernetesClient client = controlPlane.newClient()) {
            apply(client, home.resolve("deploy/crds/schemachanges.phaselock.dev-v1.yml"));
            apply(client, home.resolve("deploy/operator/rbac.yaml"));
            client.resource(new SecretBuilder()
                            .withNewMetadata()
                            .withName(SECRET)
                            .withNamespace("default")
                            .endMetadata()
                            .addToStringData("uri", databaseUrl())
                            .build())
                    .serverSideApply();
            Path operatorKubeconfig = controlPlane.serviceAccountKubeconfig(client, NAMESPACE, "phaselock");
            ledger().start(
                            "operator",
                            operator,
                            Home.environment(Map.of(
                                    "KUBECONFIG",
                                    operatorKubeconfig.toString(),
                                    "PHASELOCK_IMAGE",
                                    IMAGE,
                                    // It is the only one; after a laptop's sleep it would lose its lease, and end.
                                    "PHASELOCK_LEADER_ELECTION_ENABLED",
                                    "false",
                                    "QUARKUS_LOG_CONSOLE_JSON_ENABLED",
                                    "false",
                                    "QUARKUS_HTTP_HOST",
                                    "127.0.0.1",
                                    "QUARKUS_HTTP_PORT",
                                    Integer.toString(healthPort))),
                            folder,
                            folder.resolve(OPERATOR_LOG));
            await("the operator", OPERATOR_LOG, () -> healthy(healthPort));
        }
    }

    private static void apply(KubernetesClient client, Path manifest) throws IOException {
        try (InputStream input = Files.newInputStream(manifest)) {
            client.load(input).serverSideApply();
        }
    }

    private interface Check {
        boolean holds() throws IOException, InterruptedException;
    }

    private void await(String what, String log, Check check) throws IOException {
        long end = System.nanoTime() + READY.toNanos();
        try {
            while (!check.holds()) {
                String process = log.replace(".log", "");
                if (System.nanoTime() > end || ledger().running(process).isEmpty()) {
                    List<String> lines = Files.readAllLines(folder.resolve(log));
                    throw new IOException(what + " did not get ready; " + folder.resolve(log) + " ends with:\n"
                            + String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size())));
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static boolean healthy(int port) throws InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
                                            .timeout(Duration.ofSeconds(2))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException _) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private ProcessLedger ledger() {
        return new ProcessLedger(folder.resolve("processes"));
    }

    /** Ends all of it and deletes the folder; also of a start that failed half way. */
    static void stop(Path folder) throws IOException {
        new ProcessLedger(folder.resolve("processes")).end(_ -> true, STOP);
        if (Files.exists(folder.resolve("kubernetes"))) {
            ControlPlane.deleteFolderAndProcesses(folder.resolve("kubernetes"));
        }
        if (Files.exists(folder.resolve("postgres"))) {
            LocalPostgres.deleteFolderAndServer(folder.resolve("postgres"));
        }
        for (String file : List.of("owner-password", OPERATOR_LOG, "processes")) {
            Files.deleteIfExists(folder.resolve(file));
        }
        Files.deleteIfExists(folder);
    }

    /** Has all of it ended and the folder deleted when the JVM ends, in whatever way but SIGKILL. */
    static void stopWithThisJvm(Path folder) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                stop(folder);
            } catch (IOException | RuntimeException e) {
                System.err.println("phaselock: not everything was ended: " + e.getMessage());
            }
        }));
    }

    /** The operator's process, while it runs. */
    Optional<ProcessHandle> operator() throws IOException {
        return ledger().running("operator");
    }

    /** Whether a change is Ready; one that is not there is not. */
    static boolean isReady(@Nullable SchemaChange change) {
        return change != null
                && change.getStatus() != null
                && change.getStatus().conditions() != null
                && change.getStatus().conditions().stream()
                        .anyMatch(condition ->
                                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }

    /** Ends the operator; the rest goes on. */
    void stopOperator() throws IOException {
        ledger().end("operator"::equals, STOP);
    }

    /** Starts one again, by its command line, and returns when it is ready. */
    void startOperator(Home home, List<String> operator) throws IOException {
        startProcesses(home, operator);
    }

    Path operatorLog() {
        return folder.resolve(OPERATOR_LOG);
    }

    /** A new client of the administrator; close it. */
    KubernetesClient newClient() throws IOException {
        return controlPlane.newClient();
    }

    Path kubeconfig() {
        return controlPlane.kubeconfig();
    }

    /** Writes a Secret of the owner of the tables, over TLS, into a folder. */
    void writeTlsSecret(Path secret) throws IOException, SQLException, InterruptedException {
        TrainingDatabase.writeTlsSecret(postgres, databaseUrl(), secret);
    }

    /** {@code postgresql://…} of the owner of the tables, with the password. */
    String databaseUrl() {
        return postgres.url(OWNER, ownerPassword, DATABASE);
    }

    /** JDBC, of the same. */
    String jdbcUrl() {
        return postgres.jdbcUrl(DATABASE) + "?user=" + OWNER + "&password=" + ownerPassword;
    }
}
