package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes control plane of our own: etcd, API server and controller manager as processes of this user, on a free
 * port of the loopback address, without root. It is a real one: RBAC and the Node authorizer, admission with Pod
 * Security, CEL rules, the Job controller with its failure policies, garbage collection, disruption budgets and TTLs.
 * There is no scheduler and no kubelet: {@link StandInNode} carries pods out, or a {@link RealNode} brings them.
 *
 * <p>All that it has is in one folder, readable by its owner only: {@code kubeconfig} for {@code system:masters}, the
 * kubeconfigs of the scheduler and of the nodes, {@code etcd.log}, {@code kube-apiserver.log}, {@code
 * kube-controller-manager.log}. etcd listens on a Unix socket in that folder, for it asks nobody for a password.
 *
 * <p>The processes go on when the JVM ends, until {@link #stop}, unless {@link #endWithThisJvm} was called.
 */
public final class ControlPlane implements AutoCloseable {
    private static final int PORT_TRIES = 5;
    private static final Duration START = Duration.ofSeconds(90);
    // Left to themselves they take six, to drain clients that nobody has. Every write is in etcd's log by then.
    private static final Duration STOP = Duration.ofSeconds(1);
    private static final Duration NODE_STOP = Duration.ofSeconds(5);

    /**
     * For whom it is.
     *
     * @param address the one that the API server listens on
     * @param kubelets whether its nodes have kubelets: then it runs every controller, and asks nodes for logs with a
     *     certificate ({@link ControlPlane#kubeletClientCertificate})
     */
    public record Options(String address, boolean kubelets) {
        /** For nodes that are processes of this machine. */
        public static final Options STAND_IN = new Options("127.0.0.1", false);
    }

    private final Path folder;
    private final ProcessLedger ledger;
    /** How its API server was started; null when another process did. */
    private @Nullable ApiServer apiServer;

    private record ApiServer(KubernetesBinaries binaries, Options options, int port) {}

    private ControlPlane(Path folder) {
        this.folder = folder;
        this.ledger = new ProcessLedger(folder.resolve("processes"));
    }

    /**
     * Starts a control plane on a folder: a missing one is made, one that is there goes on with its data, with new
     * credentials and on another port. Returns once the API server is ready and namespaces get their service accounts.
     *
     * @param nodes the names that nodes may have; each gets credentials ({@link #nodeKubeconfig})
     * @throws IOException when one runs there already, or does not start; the message has the end of the log
     */
    public static ControlPlane start(KubernetesBinaries binaries, Path directory, List<String> nodes)
            throws IOException {
        return start(binaries, directory, nodes, Options.STAND_IN);
    }

    /** Likewise, for nodes of another kind. */
    public static ControlPlane start(KubernetesBinaries binaries, Path directory, List<String> nodes, Options options)
            throws IOException {
        Path folder = directory.toAbsolutePath();
        if (running(folder).isPresent()) {
            throw new IOException("A control plane already runs on " + folder);
        }
        PrivateFiles.folder(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        ControlPlane controlPlane = new ControlPlane(folder);
        // One of its processes may be left of a control plane that lost another.
        controlPlane.stop();
        try {
            if (options.kubelets()) {
                CertificateFiles.make(folder, "kubelet-client", "EKU=clientAuth");
            }
            controlPlane.startProcesses(binaries, options, ControlPlaneCredentials.create(folder, nodes));
        } catch (IOException | RuntimeException e) {
            controlPlane.stop();
            throw e;
        }
        return controlPlane;
    }

    /**
     * The control plane that runs on a folder, also when another process started it; empty when none does.
     *
     * @throws IOException when the folder cannot be read
     */
    public static Optional<ControlPlane> running(Path directory) throws IOException {
        ControlPlane controlPlane = new ControlPlane(directory.toAbsolutePath());
        for (String program : List.of("etcd", "kube-apiserver", "kube-controller-manager")) {
            if (controlPlane.ledger.running(program).isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.of(controlPlane);
    }

    /** Ends what runs on a folder, if anything does, and deletes the folder. */
    public static void deleteFolderAndProcesses(Path directory) throws IOException {
        new ControlPlane(directory.toAbsolutePath()).delete();
    }

    /** The kubeconfig of the administrator. */
    public Path kubeconfig() {
        return folder.resolve("kubeconfig");
    }

    /** The kubeconfig of a node, which may do what a kubelet may. */
    Path nodeKubeconfig(String node) {
        return folder.resolve("node-" + node + ".kubeconfig");
    }

    /** The kubeconfig of the user {@code system:kube-scheduler}. */
    Path schedulerKubeconfig() {
        return folder.resolve("scheduler.kubeconfig");
    }

    /** The kubeconfig of the user {@code system:kube-proxy}. */
    Path proxyKubeconfig() {
        return folder.resolve("kube-proxy.kubeconfig");
    }

    /** What the API server shows to kubelets; it signs itself. */
    Path kubeletClientCertificate() {
        return folder.resolve("kubelet-client.crt");
    }

    /** The folder with everything that the control plane has. */
    public Path folder() {
        return folder;
    }

    /** A new client of the administrator; close it. */
    public KubernetesClient newClient() throws IOException {
        return Kubeconfig.client(kubeconfig());
    }

    /** The processes of this control plane. */
    ProcessLedger ledger() {
        return ledger;
    }

    /**
     * A kubeconfig for a service account, with a token of a day: for a program that is to have that account's rights and
     * no more.
     *
     * @return its file, in the control plane's folder
     */
    public Path serviceAccountKubeconfig(KubernetesClient client, String namespace, String name) throws IOException {
        String token = client.serviceAccounts()
                .inNamespace(namespace)
                .withName(name)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(Duration.ofDays(1).toSeconds())
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        Path file = folder.resolve(name + ".kubeconfig");
        Kubeconfig.write(
                file,
                client.getMasterUrl().getAuthority(),
                folder.resolve("certificates/apiserver.crt"),
                "system:serviceaccount:" + namespace + ":" + name,
                token);
        return file;
    }

    /** Has the processes ended when the JVM ends, in whatever way but SIGKILL. */
    public ControlPlane endWithThisJvm() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                stop();
                            } catch (IOException e) {
                                System.err.println(this + " was not ended: " + e.getMessage());
                            }
                        },
                        "end-control-plane"));
        return this;
    }

    /**
     * Ends the processes: SIGTERM, then SIGKILL; first the nodes of {@link LocalCluster#startDetached} and what containers
     * a killed one has left. The data stays. Does nothing when none runs.
     *
     * @throws IOException when a process does not end, not even when it is killed
     */
    public void stop() throws IOException {
        ledger.end(name -> name.startsWith("node-"), NODE_STOP);
        ContainerProcess.killLeftovers(folder);
        ledger.end(name -> true, STOP);
    }

    /**
     * Kills the API server, as when its machine is lost; all else goes on. For tests.
     *
     * @throws IOException when it does not end
     */
    public void stopApiServer() throws IOException {
        ledger.end("kube-apiserver"::equals, Duration.ZERO);
    }

    /**
     * Starts it again after {@link #stopApiServer}, on the same port and with the same credentials; returns once it is
     * ready.
     *
     * @throws IOException when it does not get ready
     * @throws IllegalStateException when another process started this control plane
     */
    public void startApiServer() throws IOException {
        if (apiServer == null) {
            throw new IllegalStateException(this + " was started by another process");
        }
        start(
                apiServer.binaries(),
                "kube-apiserver",
                ControlPlaneFlags.apiServer(apiServer.options(), apiServer.port()));
        try (KubernetesClient client = newClient()) {
            await("kube-apiserver", System.nanoTime() + START.toNanos(), () -> "ok".equals(client.raw("/readyz")));
        }
    }

    /** Ends the processes and deletes the folder. */
    public void delete() throws IOException {
        stop();
        PrivateFiles.delete(folder);
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    @Override
    public String toString() {
        return "The control plane in " + folder;
    }

    private void startProcesses(KubernetesBinaries binaries, Options options, ControlPlaneCredentials credentials)
            throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        start(binaries, "etcd", ControlPlaneFlags.etcd());
        for (int attempt = 1; ; attempt++) {
            int port = freePort(options.address());
            Files.deleteIfExists(folder.resolve("kube-apiserver.log"));
            start(binaries, "kube-apiserver", ControlPlaneFlags.apiServer(options, port));
            try {
                awaitApiServer(options.address() + ":" + port, credentials, deadline);
                apiServer = new ApiServer(binaries, options, port);
                break;
            } catch (IOException e) {
                boolean taken = endOfLog("kube-apiserver").contains("address already in use");
                if (!taken || attempt == PORT_TRIES) {
                    throw e;
                }
            }
        }
        start(binaries, "kube-controller-manager", ControlPlaneFlags.controllerManager(options));
        try (KubernetesClient client = newClient()) {
            await(
                    "kube-controller-manager",
                    deadline,
                    () -> client.serviceAccounts()
                                    .inNamespace("default")
                                    .withName("default")
                                    .get()
                            != null);
        }
    }

    private void awaitApiServer(String server, ControlPlaneCredentials credentials, long deadline) throws IOException {
        // Written by the API server itself before it listens: a certificate for its address that signs itself.
        Path certificate = folder.resolve("certificates/apiserver.crt");
        await("kube-apiserver", deadline, () -> Files.exists(folder.resolve("certificates/apiserver.key")));
        credentials.writeKubeconfigs(server, certificate);
        try (KubernetesClient client = newClient()) {
            await("kube-apiserver", deadline, () -> "ok".equals(client.raw("/readyz")));
        }
    }

    /** Waits for a program to be ready; a condition that fails with an unchecked exception is not met yet. */
    private void await(String program, long deadline, Condition condition) throws IOException {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        boolean ready = Await.until(left, () -> isMet(condition) || ended(program) || ended("etcd"));
        if (!ready || !isMet(condition)) {
            String failed = ended("etcd") ? "etcd" : program;
            throw new IOException(failed + " did not become ready; the end of its log:\n" + endOfLog(failed));
        }
    }

    private static boolean isMet(Condition condition) {
        try {
            return condition.isMet();
        } catch (RuntimeException _) {
            return false;
        }
    }

    private boolean ended(String program) {
        try {
            return ledger.running(program).isEmpty();
        } catch (IOException _) {
            return true;
        }
    }

    private void start(KubernetesBinaries binaries, String program, Map<String, String> flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(binaries.program(program).toString());
        flags.forEach((flag, value) -> command.add("--" + flag + "=" + value));
        // A user's proxy settings are none of its business.
        Map<String, String> environment = Map.of("HOME", folder.toString(), "PATH", "/usr/bin:/bin");
        ledger.start(program, command, environment, folder, folder.resolve(program + ".log"));
    }

    private String endOfLog(String program) throws IOException {
        Path log = folder.resolve(program + ".log");
        if (!Files.exists(log)) {
            return "";
        }
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    private static int freePort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
            return socket.getLocalPort();
        }
    }

    @FunctionalInterface
    private interface Condition {
        boolean isMet();
    }
}
