package dev.phaselock.local;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A whole Kubernetes on this machine: a control plane and one real node. For tests, for it needs root.
 *
 * @param controlPlane its processes
 * @param node in namespaces of its own
 */
public record RealCluster(ControlPlane controlPlane, RealNode node) {
    /** The node's name. */
    public static final String NODE = "node";

    private static final Duration STOP = Duration.ofSeconds(1);

    /**
     * Starts both and returns once they are ready.
     *
     * @param controlPlanePrograms of {@link KubernetesBinaries#build}
     * @param nodePrograms of {@link KubernetesBinaries#buildNode}
     * @param folder missing or empty
     */
    public static RealCluster start(
            KubernetesBinaries controlPlanePrograms, KubernetesBinaries nodePrograms, Path folder) throws IOException {
        PrivateFiles.folder(folder);
        try {
            RealNode node = RealNode.prepare(nodePrograms, folder.resolve("node"));
            ControlPlane controlPlane = ControlPlane.start(
                    controlPlanePrograms,
                    folder.resolve("control-plane"),
                    List.of(NODE),
                    new ControlPlane.Options(node.machineAddress(), true));
            node.start(nodePrograms, controlPlane, NODE);
            return new RealCluster(controlPlane, node);
        } catch (IOException | RuntimeException e) {
            endProcesses(folder);
            throw e;
        }
    }

    /** The administrator's kubeconfig. */
    public Path kubeconfig() {
        return controlPlane.kubeconfig();
    }

    /** A new client of the administrator; close it. */
    public KubernetesClient newClient() throws IOException {
        return controlPlane.newClient();
    }

    /** Ends what runs on a folder, if anything does, with all containers; the files stay. */
    public static void endProcesses(Path folder) throws IOException {
        try {
            NodeNamespaces.end(folder.resolve("node").toAbsolutePath());
        } finally {
            new ProcessLedger(folder.resolve("control-plane").resolve("processes")).end(_ -> true, STOP);
        }
    }

    /** Likewise, and deletes the folder. */
    public static void delete(Path folder) throws IOException {
        endProcesses(folder);
        PrivateFiles.delete(folder);
    }
}
