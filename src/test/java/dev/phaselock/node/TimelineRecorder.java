package dev.phaselock.node;

import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes down when the API server tells about a change, its Jobs and their pods; for the first pod of each Job. */
final class TimelineRecorder implements AutoCloseable {
    private static final Pattern EVENT =
            Pattern.compile("(\\S+) (\\S+) \\+0000 UTC \\S+ /tasks/(start|exit) .*\"container_id\":\"([0-9a-f]+)\".*");

    private final Map<String, Instant> jobs = new LinkedHashMap<>();
    private final Map<String, String> phases = new LinkedHashMap<>();
    private final Map<String, Instant> pods = new LinkedHashMap<>();
    private final Map<String, Instant> scheduled = new LinkedHashMap<>();
    private final Map<String, Instant> terminated = new LinkedHashMap<>();
    private final Map<String, String> containers = new LinkedHashMap<>();
    private final Map<String, Instant> ready = new LinkedHashMap<>();
    private final List<Watch> watches = new ArrayList<>();

    TimelineRecorder(Shop shop, String change) {
        var client = shop.installation().client();
        String namespace = shop.namespace();
        watches.add(client.batch().v1().jobs().inNamespace(namespace).watch(new Told<Job>(this::see)));
        watches.add(client.pods().inNamespace(namespace).watch(new Told<Pod>(this::see)));
        watches.add(client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(change)
                .watch(new Told<SchemaChange>(this::see)));
    }

    /**
     * What was written down, once it is complete.
     *
     * @param events of {@link dev.phaselock.local.RealNode#recordEvents}
     */
    Timeline timeline(Instant applied, Path events) throws IOException {
        await().atMost(Duration.ofSeconds(20)).until(this::complete);
        Map<String, Instant> tasks = new LinkedHashMap<>();
        for (String line : Files.readAllLines(events)) {
            Matcher matcher = EVENT.matcher(line);
            if (matcher.matches()) {
                tasks.put(
                        matcher.group(3) + " " + matcher.group(4),
                        Instant.parse(matcher.group(1) + "T" + matcher.group(2) + "Z"));
            }
        }
        synchronized (this) {
            List<Timeline.Phase> all = jobs.keySet().stream()
                    .map(job -> new Timeline.Phase(
                            phases.get(job),
                            jobs.get(job),
                            pods.get(job),
                            scheduled.get(job),
                            tasks.get("start " + containers.get(job)),
                            tasks.get("exit " + containers.get(job)),
                            terminated.get(job)))
                    .toList();
            return new Timeline(applied, all, ready.values().iterator().next());
        }
    }

    private synchronized boolean complete() {
        return !ready.isEmpty() && terminated.keySet().containsAll(jobs.keySet());
    }

    private synchronized void see(Job job) {
        String name = job.getMetadata().getName();
        jobs.putIfAbsent(name, Instant.now());
        phases.putIfAbsent(name, job.getMetadata().getLabels().get("phaselock.dev/phase"));
    }

    private synchronized void see(SchemaChange change) {
        if (change.getStatus() != null
                && change.getStatus().conditions() != null
                && change.getStatus().conditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"))) {
            ready.putIfAbsent(change.getMetadata().getName(), Instant.now());
        }
    }

    private synchronized void see(Pod pod) {
        Instant now = Instant.now();
        String job = pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name");
        pods.putIfAbsent(job, now);
        if (pod.getSpec().getNodeName() != null) {
            scheduled.putIfAbsent(job, now);
        }
        for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
            if (status.getState().getTerminated() != null) {
                terminated.putIfAbsent(job, now);
                containers.putIfAbsent(job, status.getContainerID().replace("containerd://", ""));
            }
        }
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
    }

    private record Told<T extends HasMetadata>(Consumer<T> consumer) implements Watcher<T> {
        @Override
        public void eventReceived(Action action, T object) {
            consumer.accept(object);
        }

        @Override
        public void onClose(WatcherException cause) {
            throw new AssertionError("the watch broke off", cause);
        }
    }
}
