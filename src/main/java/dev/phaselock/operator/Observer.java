package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.SqlFromSpec;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers what a decision is made from: the caches, and the logs of phases that run. */
final class Observer {
    private final JobObserver jobObserver;
    private final Clock clock;
    private final DoubleSupplier random;

    Observer(JobObserver jobObserver, Clock clock, DoubleSupplier random) {
        this.jobObserver = jobObserver;
        this.clock = clock;
        this.random = random;
    }

    Observation observe(SchemaChange change, Context<SchemaChange> context) {
        Instant now = clock.instant();
        String uid = change.getMetadata().getUid();
        // A resource of the same name that was deleted just now may have left some.
        Set<Job> jobs = context.getSecondaryResourcesAsStream(Job.class)
                .filter(job -> uid.equals(Labels.changeUid(job)))
                .collect(Collectors.toSet());
        Map<String, List<Pod>> pods = context.getSecondaryResourcesAsStream(Pod.class)
                .filter(pod -> uid.equals(Labels.changeUid(pod)))
                .collect(Collectors.groupingBy(pod ->
                        Objects.requireNonNullElse(owner(pod.getMetadata().getOwnerReferences()), "")));
        Set<String> active = active(change.getStatus());
        List<ObservedJob> observed = new ArrayList<>();
        for (Job job : jobs) {
            List<Pod> own = pods.getOrDefault(job.getMetadata().getUid(), List.of());
            pods.remove(job.getMetadata().getUid());
            observed.add(jobObserver.observe(
                    job, own, active.contains(job.getMetadata().getName()), now));
        }
        boolean strayPod = pods.values().stream().flatMap(List::stream).anyMatch(pod -> !JobObserver.ended(pod));
        SqlText sql = sql(change, context.getClient());
        return new Observation(
                change.getMetadata().getNamespace(),
                change.getMetadata().getName(),
                uid,
                change.getMetadata().getGeneration(),
                change.getSpec(),
                sql,
                ChangeFilter.retry(change),
                change.getMetadata().getDeletionTimestamp() == null
                        ? null
                        : Instant.parse(change.getMetadata().getDeletionTimestamp()),
                change.getStatus(),
                observed,
                strayPod,
                JobFactory.requestBytes(change, sql == null ? null : sql.text()),
                null,
                now,
                random.getAsDouble());
    }

    /** What is done needs no text any more. */
    private static @Nullable SqlText sql(SchemaChange change, KubernetesClient client) {
        SqlFromSpec from = change.getSpec().sqlFrom();
        boolean needed = from != null
                && change.getMetadata().getDeletionTimestamp() == null
                && !new StatusDraft(change.getStatus()).complete();
        return needed ? SqlText.read(client, change.getMetadata().getNamespace(), from.configMapKeyRef()) : null;
    }

    /** The Jobs whose results the status waits for. */
    private static Set<String> active(@Nullable SchemaChangeStatus status) {
        Set<String> names = new HashSet<>();
        if (status != null && status.phases() != null) {
            status.phases().stream()
                    .filter(phase -> PhaseState.of(phase.state()).active() && phase.job() != null)
                    .forEach(phase -> names.add(phase.job()));
        }
        return names;
    }

    private static @Nullable String owner(@Nullable List<OwnerReference> owners) {
        return owners == null || owners.isEmpty() ? null : owners.getFirst().getUid();
    }
}
