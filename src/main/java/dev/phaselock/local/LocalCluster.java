package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A control plane and one stand-in node of this JVM: Jobs applied to it are carried out on this machine.
 *
 * @param controlPlane its processes
 * @param node in this JVM
 */
public record LocalCluster(ControlPlane controlPlane, StandInNode node) implements AutoCloseable {
    /** The node's name. */
    public static final String NODE = "local";

    private static final Duration START = Duration.ofSeconds(60);

    /**
     * Starts both and returns once they are ready.
     *
     * @param folder of the control plane
     * @param entrypoint what a container without a command runs, before its arguments
     */
    public static LocalCluster start(KubernetesBinaries binaries, Path folder, List<String> entrypoint)
            throws IOException {
        ControlPlane controlPlane = ControlPlane.start(binaries, folder, List.of(NODE));
        try {
            return new LocalCluster(controlPlane, StandInNode.start(controlPlane, NODE, entrypoint));
        } catch (IOException | RuntimeException e) {
            controlPlane.stop();
            throw e;
        }
    }

    /**
     * Starts both so that they go on when this JVM ends, the node as a process of this JVM's own kind and class path.
     * {@link ControlPlane#running} finds them again; {@link ControlPlane#stop} and {@link ControlPlane#delete} end both.
     *
     * @see #start
     */
    public static ControlPlane startDetached(KubernetesBinaries binaries, Path folder, List<String> entrypoint)
            throws IOException {
        ControlPlane controlPlane = ControlPlane.start(binaries, folder, List.of(NODE));
        try {
            startNode(controlPlane, entrypoint);
        } catch (IOException | RuntimeException e) {
            controlPlane.stop();
            throw e;
        }
        return controlPlane;
    }

    /** The administrator's kubeconfig. */
    public Path kubeconfig() {
        return controlPlane.kubeconfig();
    }

    /** A new client of the administrator; close it. */
    public KubernetesClient newClient() throws IOException {
        return controlPlane.newClient();
    }

    /** Has both ended and their folder deleted when the JVM ends, in whatever way but SIGKILL. */
    public LocalCluster endWithThisJvm() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                delete();
                            } catch (IOException e) {
                                System.err.println(controlPlane + " was not ended: " + e.getMessage());
                            }
                        },
                        "end-cluster"));
        return this;
    }

    /** Ends both and deletes the folder. */
    public void delete() throws IOException {
        node.close();
        controlPlane.delete();
    }

    @Override
    public void close() throws IOException {
        node.close();
        controlPlane.close();
    }

    private static void startNode(ControlPlane controlPlane, List<String> entrypoint) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                StandInNodeProgram.class.getName(),
                controlPlane.folder().toString(),
                NODE));
        command.addAll(entrypoint);
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        String name = "node-" + NODE;
        Path log = controlPlane.folder().resolve(name + ".log");
        controlPlane.ledger().start(name, command, environment, controlPlane.folder(), log);
        try (KubernetesClient client = controlPlane.newClient()) {
            boolean ready = Await.until(
                    START, () -> isReady(client.nodes().withName(NODE).get()));
            if (!ready) {
                throw new IOException("The node did not become ready; see " + log);
            }
        }
    }

    private static boolean isReady(@Nullable Node node) {
        return node != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }
}
