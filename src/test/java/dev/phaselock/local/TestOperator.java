package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The operator as people run it: the packaged program in a process of its own, with the service account and the rights of
 * deploy/operator. It ends with the cluster.
 */
public final class TestOperator {
    public static final String NAMESPACE = "phaselock-system";
    public static final String SERVICE_ACCOUNT = "phaselock";

    private static final Path PROGRAM = Path.of("target", "quarkus-app", "quarkus-run.jar");

    private final LocalCluster cluster;
    private final Path kubeconfig;
    private final Map<String, String> settings;
    private final String name;
    private volatile int port;

    private TestOperator(LocalCluster cluster, Path kubeconfig, Map<String, String> settings, String name) {
        this.cluster = cluster;
        this.kubeconfig = kubeconfig;
        this.settings = settings;
        this.name = name;
    }

    /** Applies deploy/crds and deploy/operator, and starts it. */
    public static TestOperator install(LocalCluster cluster, KubernetesClient client) throws IOException {
        assertThat(PROGRAM).as("made by mvn package").exists();
        apply(client, Path.of("deploy", "crds"));
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        apply(client, Path.of("deploy", "operator"));
        return start(cluster, client, Map.of("PHASELOCK_IMAGE", "phaselock.dev/phaselock:test"));
    }

    /**
     * Starts it where somebody else has installed its definition, its service account and its rights.
     *
     * @param settings the environment that its Deployment gives it
     */
    public static TestOperator start(LocalCluster cluster, KubernetesClient client, Map<String, String> settings)
            throws IOException {
        var operator = new TestOperator(
                cluster,
                cluster.controlPlane().serviceAccountKubeconfig(client, NAMESPACE, SERVICE_ACCOUNT),
                settings,
                "operator");
        operator.start();
        return operator;
    }

    /** Another replica, not started yet. */
    public TestOperator replica(String name) {
        return new TestOperator(cluster, kubeconfig, settings, name);
    }

    private static void apply(KubernetesClient client, Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                try (InputStream input = Files.newInputStream(file)) {
                    client.load(input).serverSideApply();
                }
            }
        }
    }

    /** Returns when it is ready: with leader election, that can take until the Lease of one that was killed has expired. */
    public void start() throws IOException {
        port = freePort();
        Map<String, String> environment = new HashMap<>(settings);
        environment.putAll(Map.of(
                "PATH", System.getenv("PATH"),
                "KUBECONFIG", kubeconfig.toString(),
                "PHASELOCK_LEADER_ELECTION_NAMESPACE", NAMESPACE,
                "QUARKUS_HTTP_HOST", "127.0.0.1",
                "QUARKUS_HTTP_PORT", Integer.toString(port)));
        ledger().start(
                        name,
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "@" + Path.of("build", "jvm.options").toAbsolutePath(),
                                "@" + Path.of("build", "operator.options").toAbsolutePath(),
                                "-Xmx128m",
                                "-jar",
                                PROGRAM.toAbsolutePath().toString()),
                        environment,
                        cluster.controlPlane().folder(),
                        log());
        await("the operator is ready; its log is " + log())
                .atMost(90, SECONDS)
                .pollInterval(Duration.ofMillis(200))
                .until(this::ready);
    }

    /** The process, for what /proc says of it. */
    public ProcessHandle process() throws IOException {
        return ledger().running(name).orElseThrow();
    }

    /** Whether it says that it is ready. */
    public boolean ready() throws InterruptedException {
        return answers("/q/health/ready");
    }

    /** Whether it says that it lives. */
    public boolean live() throws InterruptedException {
        return answers("/q/health/live");
    }

    /** Whether a page is there, and is well. */
    private boolean answers(String path) throws InterruptedException {
        try {
            return request(path).statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    /** What it answers on its HTTP port. */
    public String get(String path) throws IOException, InterruptedException {
        return request(path).body();
    }

    /** SIGKILL. */
    public void kill() throws IOException {
        ProcessHandle process = ledger().running(name).orElseThrow();
        process.destroyForcibly();
        await().atMost(10, SECONDS).until(() -> ledger().running(name).isEmpty());
    }

    /** SIGTERM, as a kubelet sends it. */
    public void askToEnd() throws IOException {
        ledger().running(name).orElseThrow().destroy();
    }

    /** Whether its process is there. */
    public boolean runs() throws IOException {
        return ledger().running(name).isPresent();
    }

    /** The credentials that it has. */
    public Path kubeconfig() {
        return kubeconfig;
    }

    /** What it has logged. */
    public Path log() {
        return cluster.controlPlane().folder().resolve(name + ".log");
    }

    private ProcessLedger ledger() {
        return cluster.controlPlane().ledger();
    }

    private HttpResponse<String> request(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(2))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
