package dev.phaselock.local;

import static java.lang.System.Logger.Level.WARNING;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells the API server about pods what a kubelet would. Each report names the pod's uid, so that a later pod of the same
 * name never gets it, and is repeated while the API server does not answer.
 */
final class PodReporter {
    private static final System.Logger LOG = System.getLogger(PodReporter.class.getName());
    private static final PatchContext STRATEGIC_MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    // What a kubelet says of a container that it cannot find any more.
    private static final Map<String, Object> LOST = Map.of(
            "exitCode",
            137,
            "reason",
            "ContainerStatusUnknown",
            "message",
            "The container could not be located when the pod was terminated");

    private final KubernetesClient client;

    PodReporter(KubernetesClient client) {
        this.client = client;
    }

    /** The container waits; the reason is one word, the message for people. */
    void waiting(Pod pod, Instant accepted, String reason, String message) throws InterruptedException {
        Map<String, Object> status = status(pod, accepted, "Pending", false, "ContainersNotReady");
        status.put("containerStatuses", container(pod, "waiting", Map.of("reason", reason, "message", message), false));
        patch(pod, status);
    }

    void running(Pod pod, Instant accepted, Instant started) throws InterruptedException {
        Map<String, Object> status = status(pod, accepted, "Running", true, "");
        status.put("containerStatuses", container(pod, "running", Map.of("startedAt", time(started)), true));
        patch(pod, status);
    }

    void ended(Pod pod, Instant accepted, PodEnd end) throws InterruptedException {
        Map<String, Object> status =
                status(pod, accepted, end.phase(), false, end.succeeded() ? "PodCompleted" : "PodFailed");
        if (!end.reason().isEmpty()) {
            status.put("reason", end.reason());
            status.put("message", end.message());
        }
        end.container()
                .ifPresentOrElse(
                        state ->
                                status.put("containerStatuses", container(pod, "terminated", terminated(state), false)),
                        () -> status.put("containerStatuses", container(pod, "terminated", LOST, false)));
        patch(pod, status);
    }

    /** The pod has ended here, so that the API server may forget it. */
    void confirmDeletion(Pod pod) throws InterruptedException {
        String path = "/api/v1/namespaces/" + pod.getMetadata().getNamespace() + "/pods/"
                + pod.getMetadata().getName();
        Map<String, Object> options = Map.of(
                "apiVersion",
                "v1",
                "kind",
                "DeleteOptions",
                "gracePeriodSeconds",
                0,
                "preconditions",
                Map.of("uid", pod.getMetadata().getUid()));
        deliver(pod, () -> client.raw(path, "DELETE", options));
    }

    private static Map<String, Object> status(
            Pod pod, Instant accepted, String phase, boolean ready, String notReadyReason) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("phase", phase);
        status.put("observedGeneration", pod.getMetadata().getGeneration());
        status.put("startTime", time(accepted));
        status.put("hostIP", "127.0.0.1");
        status.put(
                "conditions",
                List.of(
                        condition("Initialized", true, ""),
                        condition("ContainersReady", ready, notReadyReason),
                        condition("Ready", ready, notReadyReason)));
        return status;
    }

    private static Map<String, Object> condition(String type, boolean value, String reason) {
        Map<String, Object> condition = new HashMap<>(Map.of("type", type, "status", value ? "True" : "False"));
        condition.put("lastTransitionTime", time(Instant.now()));
        // Empty rather than absent, or a merge would keep the one before.
        condition.put("reason", reason);
        return condition;
    }

    private static List<Object> container(Pod pod, String state, Map<String, Object> details, boolean ready) {
        Container container = pod.getSpec().getContainers().getFirst();
        Map<String, Object> only = new HashMap<>();
        // A merge keeps what is not named: the state before has to be taken away.
        only.put("waiting", null);
        only.put("running", null);
        only.put("terminated", null);
        only.put(state, details);
        Map<String, Object> status = new HashMap<>();
        status.put("name", container.getName());
        status.put("image", container.getImage());
        status.put("imageID", "");
        status.put("containerID", "process://" + pod.getMetadata().getUid());
        status.put("restartCount", 0);
        status.put("ready", ready);
        status.put("started", ready);
        status.put("state", only);
        return List.of(status);
    }

    private static Map<String, Object> terminated(PodEnd.ContainerEnd end) {
        Map<String, Object> state = new HashMap<>();
        state.put("exitCode", end.exitCode());
        state.put("reason", end.reason());
        state.put("message", end.message());
        state.put("startedAt", time(end.started()));
        state.put("finishedAt", time(end.finished()));
        return state;
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private void patch(Pod pod, Map<String, Object> status) throws InterruptedException {
        Map<String, Object> patch =
                Map.of("metadata", Map.of("uid", pod.getMetadata().getUid()), "status", status);
        String json = client.getKubernetesSerialization().asJson(patch);
        deliver(
                pod,
                () -> client.pods()
                        .inNamespace(pod.getMetadata().getNamespace())
                        .withName(pod.getMetadata().getName())
                        .subresource("status")
                        .patch(STRATEGIC_MERGE, json));
    }

    /** Until the API server has taken it, or says that it never will. */
    private static void deliver(Pod pod, Runnable report) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                report.run();
                return;
            } catch (KubernetesClientException e) {
                switch (e.getCode()) {
                    // Gone, or its name belongs to another pod.
                    case 404, 409 -> {
                        return;
                    }
                    case 400, 422 -> {
                        LOG.log(
                                WARNING,
                                "The API server refuses a report about the pod {0}: {1}",
                                pod.getMetadata().getName(),
                                e.getMessage());
                        return;
                    }
                    default -> {
                        Thread.sleep(pause);
                        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                                ? pause.multipliedBy(2)
                                : LONGEST_PAUSE;
                    }
                }
            }
        }
    }
}
