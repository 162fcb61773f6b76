package dev.phaselock.local;

import static java.lang.System.Logger.Level.WARNING;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Stands in for a node of a {@link ControlPlane}, for trying and testing: binds pods to itself, runs their container as a
 * process of this user on this machine, reports as a kubelet does, serves the logs and confirms deletions. It isolates
 * nothing, pulls no image and limits nothing; a container without a command runs the entrypoint that this node was
 * started with.
 *
 * <p>One container per pod, restart policy Never; volumes of Secrets, ConfigMaps and emptyDir, told to the program by
 * environment variables ({@link PodPreparation}). A pod that asks for more fails with the reason Unsupported.
 */
public final class StandInNode implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StandInNode.class.getName());
    private static final Duration STOP = Duration.ofSeconds(2);

    private final Path folder;
    private final KubernetesClient client;
    private final KubernetesClient scheduler;
    private final PodPreparation preparation;
    private final PodReporter reporter;
    private final Map<String, PodRunner> runners = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> pods;
    private final List<AutoCloseable> parts = new ArrayList<>();

    private StandInNode(ControlPlane controlPlane, String name, List<String> entrypoint) throws IOException {
        this.folder = PrivateFiles.folder(controlPlane.folder().resolve("node-" + name));
        this.client = Kubeconfig.client(controlPlane.nodeKubeconfig(name));
        this.scheduler = Kubeconfig.client(controlPlane.schedulerKubeconfig());
        this.preparation = new PodPreparation(client, entrypoint);
        this.reporter = new PodReporter(client);
        this.pods = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", name)
                .runnableInformer(0)
                .addEventHandler(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Pod pod) {
                        observe(pod);
                    }

                    @Override
                    public void onUpdate(Pod before, Pod pod) {
                        observe(pod);
                    }

                    @Override
                    public void onDelete(Pod pod, boolean unknown) {
                        forget(pod);
                    }
                });
    }

    /**
     * Starts to stand in. Pods that an earlier process of the same node has left running are ended and Failed.
     *
     * @param name one of the names that the control plane was started with
     * @param entrypoint what a container without a command runs, before its arguments
     */
    public static StandInNode start(ControlPlane controlPlane, String name, List<String> entrypoint)
            throws IOException {
        StandInNode node = new StandInNode(controlPlane, name, entrypoint);
        try {
            node.endThoseOfAnEarlierLife(name);
            LogServer logs = LogServer.start(node.folder, node::log);
            node.parts.add(logs);
            node.parts.add(NodeRegistration.register(node.client, name, logs.port()));
            node.pods.run();
            node.parts.add(new PodBinder(node.scheduler, name, NodeRegistration.labels(name)));
        } catch (InterruptedException e) {
            node.close();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
        return node;
    }

    /** Ends the containers, SIGKILL after two seconds, reports that where the API server still answers, and ends. */
    @Override
    public void close() {
        runners.values().forEach(runner -> runner.stop(STOP));
        Await.until(STOP.plusSeconds(1), () -> runners.values().stream().allMatch(PodRunner::ended));
        leave();
    }

    /** Ends as a killed process does: containers go on and nobody reports them. */
    void leave() {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(WARNING, "A part of the node was not closed", e);
            }
        }
        pods.stop();
        scheduler.close();
        client.close();
    }

    private void observe(Pod pod) {
        String uid = pod.getMetadata().getUid();
        PodRunner runner = runners.get(uid);
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            Duration grace = Duration.ofSeconds(pod.getMetadata().getDeletionGracePeriodSeconds());
            if (runner != null) {
                runner.delete(grace);
            } else if (grace.isPositive()) {
                // With a period of zero it is confirmed already and somebody's finalizer holds it.
                Thread.startVirtualThread(() -> confirm(pod));
            }
        } else if (runner == null && !hasEnded(pod)) {
            PodRunner created = new PodRunner(pod, folderOf(uid), preparation, reporter);
            runners.put(uid, created);
            Thread.ofVirtual().name("pod-" + pod.getMetadata().getName()).start(created);
        }
    }

    /** The pod is gone from the API server, so nothing of it stays here. */
    private void forget(Pod pod) {
        String uid = pod.getMetadata().getUid();
        PodRunner runner = runners.get(uid);
        Thread.startVirtualThread(() -> {
            try {
                if (runner != null) {
                    runner.stop(Duration.ZERO);
                    Await.until(STOP, runner::ended);
                    runners.remove(uid);
                }
                PrivateFiles.delete(folderOf(uid).root());
            } catch (IOException e) {
                LOG.log(WARNING, "The files of the pod " + pod.getMetadata().getName() + " were not deleted", e);
            }
        });
    }

    private void confirm(Pod pod) {
        try {
            if (!hasEnded(pod)) {
                reporter.ended(pod, Instant.now(), PodEnd.lost("", ""));
            }
            reporter.confirmDeletion(pod);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endThoseOfAnEarlierLife(String name) throws IOException, InterruptedException {
        List<Pod> mine = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", name)
                .list()
                .getItems();
        for (Pod pod : mine) {
            PodFolder left = folderOf(pod.getMetadata().getUid());
            boolean began = "Running".equals(pod.getStatus().getPhase()) || Files.exists(left.process());
            if (began && !hasEnded(pod)) {
                ContainerProcess.killLeftover(left);
                reporter.ended(
                        pod,
                        Instant.now(),
                        PodEnd.lost("NodeRestarted", "The process that stands in for the node was restarted"));
            }
        }
        Set<String> uids = mine.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
        Path all = PrivateFiles.folder(folder.resolve("pods"));
        try (Stream<Path> folders = Files.list(all)) {
            for (Path orphan : folders.filter(
                            path -> !uids.contains(path.getFileName().toString()))
                    .toList()) {
                ContainerProcess.killLeftover(new PodFolder(orphan));
                PrivateFiles.delete(orphan);
            }
        }
    }

    private Optional<LogServer.Log> log(String namespace, String name) {
        Pod pod = pods.getIndexer().getByKey(namespace + "/" + name);
        if (pod == null) {
            return Optional.empty();
        }
        String uid = pod.getMetadata().getUid();
        return Optional.of(new LogServer.Log(folderOf(uid).log(), () -> {
            PodRunner runner = runners.get(uid);
            return runner == null || runner.ended();
        }));
    }

    private PodFolder folderOf(String uid) {
        return new PodFolder(folder.resolve("pods").resolve(uid));
    }

    private static boolean hasEnded(Pod pod) {
        String phase = pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }
}
