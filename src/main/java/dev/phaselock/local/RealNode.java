package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole node of a {@link ControlPlane}: containerd with runc, kubelet, kube-proxy, scheduler and name server, in
 * {@link NodeNamespaces} of their own. Real pods with addresses, limits and security contexts; images come from archives
 * ({@link #importImage}), not from a registry. Network policies are not enforced.
 *
 * <p>Needs root, the programs of {@code cluster/build node}, and from the system {@code containerd}, {@code ctr}, {@code
 * runc}, {@code iptables}, {@code ip}, {@code unshare}, {@code nsenter} and the CNI plugins {@code bridge} and {@code
 * host-local}. None of the machine's own containers, configuration or networks are touched.
 */
public final class RealNode {
    private static final Duration START = Duration.ofSeconds(60);
    private static final List<Path> PLUGINS = List.of(Path.of("/usr/lib/cni"), Path.of("/opt/cni/bin"));

    private final Path folder;
    private final NodeNamespaces namespaces;
    private final NodeNetwork network;

    private RealNode(Path folder, NodeNamespaces namespaces, NodeNetwork network) {
        this.folder = folder;
        this.namespaces = namespaces;
        this.network = network;
    }

    /**
     * Makes the namespaces and the link, so that a control plane can listen on {@link #machineAddress}.
     *
     * @param programs of {@link KubernetesBinaries#buildNode}
     */
    static RealNode prepare(KubernetesBinaries programs, Path directory) throws IOException {
        Path folder = directory.toAbsolutePath();
        NodeNetwork network = NodeNetwork.free();
        PrivateFiles.folder(folder);
        return new RealNode(folder, NodeNamespaces.start(folder, programs.program("pause"), network), network);
    }

    /** Starts the programs and returns once the node is ready. */
    void start(KubernetesBinaries programs, ControlPlane controlPlane, String name) throws IOException {
        write("containerd.toml", NodeFiles.containerd(folder, plugins()));
        PrivateFiles.folder(folder.resolve("cni"));
        write("cni/pods.conflist", NodeFiles.bridge(network));
        write("kubelet.yaml", NodeFiles.kubelet(folder, network, controlPlane.kubeletClientCertificate()));
        write("kube-proxy.yaml", NodeFiles.proxy(name, controlPlane.proxyKubeconfig()));
        write("Corefile", NodeFiles.dns(network, controlPlane.kubeconfig()));
        namespaces.start("containerd", List.of("containerd", "--config", path("containerd.toml")));
        namespaces.start("coredns", List.of(program(programs, "coredns"), "-conf", path("Corefile")));
        namespaces.start(
                "kube-scheduler",
                List.of(
                        program(programs, "kube-scheduler"),
                        "--kubeconfig=" + controlPlane.schedulerKubeconfig(),
                        "--leader-elect=false",
                        "--secure-port=0"));
        namespaces.start("kube-proxy", List.of(program(programs, "kube-proxy"), "--config=" + path("kube-proxy.yaml")));
        await("containerd", () -> answers("ctr", "version"));
        Path pause = folder.resolve("pause.tar");
        ImageArchive.write(pause, NodeFiles.PAUSE_IMAGE, programs.program("pause"));
        importImage(pause);
        PrivateFiles.write(
                folder.resolve("kubelet.command"),
                String.join(
                        "\n",
                        program(programs, "kubelet"),
                        "--config=" + path("kubelet.yaml"),
                        "--kubeconfig=" + controlPlane.nodeKubeconfig(name),
                        "--root-dir=" + path("kubelet"),
                        "--hostname-override=" + name,
                        "--node-ip=" + network.node()));
        startKubelet();
        try (KubernetesClient client = controlPlane.newClient()) {
            await("kubelet", () -> isReady(client.nodes().withName(name).get()));
        }
        // Until then nothing in the cluster reaches the API server by the address that it is told.
        await("kube-proxy", () -> answers("sh", "-c", "iptables -t nat -S KUBE-SERVICES | grep -q default/kubernetes"));
        await("coredns", () -> runs("coredns"));
    }

    /** The address by which pods reach servers of this machine; servers may listen on it, nobody outside reaches it. */
    public String machineAddress() {
        return network.machine();
    }

    /** The network of the pods' addresses. */
    public String podNetwork() {
        return network.pods();
    }

    /** Gives the node the images of an archive, as {@code docker save} and Jib write it. */
    public void importImage(Path archive) throws IOException {
        namespaces.output(
                "ctr",
                "-n",
                "k8s.io",
                "images",
                "import",
                archive.toAbsolutePath().toString());
    }

    /** Takes an image away; containers that run go on. */
    public void removeImage(String name) throws IOException {
        namespaces.output("ctr", "-n", "k8s.io", "images", "remove", "--sync", name);
    }

    /** Has containerd's events written to a file from now on, one a line, as {@code ctr events} prints them. */
    public Path recordEvents() throws IOException {
        namespaces.start("events", List.of("ctr", "-n", "k8s.io", "events"));
        return folder.resolve("events.log");
    }

    /** SIGKILL for the kubelet: from then on the node is silent, and its containers go on. */
    public void killKubelet() throws IOException {
        namespaces.kill("kubelet");
    }

    /** Starts the kubelet again after {@link #killKubelet}. */
    public void startKubelet() throws IOException {
        namespaces.start("kubelet", Files.readAllLines(folder.resolve("kubelet.command")));
    }

    /** The logs of its programs, {@code NAME.log}, and all that it has. */
    public Path folder() {
        return folder;
    }

    /** Ends it with all of its containers. */
    void end() throws IOException {
        namespaces.end();
    }

    private void await(String program, BooleanSupplier condition) throws IOException {
        boolean ready = Await.until(START, () -> isMet(condition) || !runs(program));
        if (!ready || !isMet(condition)) {
            throw new IOException(
                    program + " did not become ready; the end of its log:\n" + namespaces.endOfLog(program));
        }
    }

    private static boolean isMet(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (RuntimeException _) {
            return false;
        }
    }

    private boolean runs(String program) {
        return namespaces.runs(program);
    }

    private boolean answers(String... command) {
        try {
            namespaces.output(command);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private void write(String name, String text) throws IOException {
        PrivateFiles.write(folder.resolve(name), text);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static String program(KubernetesBinaries programs, String name) {
        return programs.program(name).toString();
    }

    private static Path plugins() throws IOException {
        return PLUGINS.stream()
                .filter(folder -> Files.isExecutable(folder.resolve("bridge")))
                .findFirst()
                .orElseThrow(() -> new IOException("The CNI plugins are missing: neither of " + PLUGINS
                        + " has bridge. Install the package containernetworking-plugins."));
    }

    private static boolean isReady(@Nullable Node node) {
        return node != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }
}
