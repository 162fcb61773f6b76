package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.operator.Decision.JobOrder;
import dev.phaselock.operator.PhaseSlots.Claim;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads from Jobs and SchemaChanges what {@link PhaseSlots} counts. */
final class Claims {
    /** A Job that is deleted but whose pod's node is gone does not count for ever. */
    private static final Duration DELETION = Duration.ofMinutes(5);

    private Claims() {}

    /** A change that wants a Job. */
    static Claim of(SchemaChange change, @Nullable JobOrder order) {
        List<String> relations = order != null
                ? order.relations()
                : change.getStatus() == null || change.getStatus().planHash() == null
                        ? List.of()
                        : Objects.requireNonNullElse(change.getStatus().relations(), List.of());
        return new Claim(
                change.getMetadata().getUid(),
                change.getMetadata().getNamespace() + "/" + change.getMetadata().getName(),
                Instant.parse(change.getMetadata().getCreationTimestamp()),
                change.getMetadata().getNamespace() + "/"
                        + change.getSpec().database().secretRef().name(),
                Set.copyOf(relations));
    }

    /** A Job that runs. */
    static Claim of(Job job) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(job.getMetadata().getAnnotations(), Map.of());
        String namespace = job.getMetadata().getNamespace();
        return new Claim(
                Objects.requireNonNullElse(
                        Labels.changeUid(job), job.getMetadata().getUid()),
                namespace + "/"
                        + annotations.getOrDefault(
                                Labels.CHANGE, job.getMetadata().getName()),
                Instant.parse(job.getMetadata().getCreationTimestamp()),
                namespace + "/" + annotations.getOrDefault(Labels.DATABASE, ""),
                relations(annotations.getOrDefault(Labels.RELATIONS, "[]")));
    }

    /** Whether a Job takes a slot. */
    static boolean counts(Job job) {
        String deleted = job.getMetadata().getDeletionTimestamp();
        return !JobObserver.ended(job)
                && (deleted == null || Instant.parse(deleted).plus(DELETION).isAfter(Instant.now()));
    }

    /** Whether a change was told to wait. */
    static boolean queued(SchemaChange change) {
        return (!change.isMarkedForDeletion()
                        || (change.getStatus() != null && change.getStatus().undoing() != null))
                && !Boolean.TRUE.equals(change.getSpec().suspend())
                && change.getStatus() != null
                && change.getStatus().phases() != null
                && change.getStatus().phases().stream()
                        .anyMatch(phase -> PhaseState.QUEUED.label().equals(phase.state()));
    }

    static ResourceID resource(Claim claim) {
        int slash = claim.change().indexOf('/');
        return new ResourceID(
                claim.change().substring(slash + 1), claim.change().substring(0, slash));
    }

    private static Set<String> relations(String annotation) {
        try {
            return Set.of(ResultJson.read(annotation, String[].class));
        } catch (IllegalArgumentException e) {
            return Set.of();
        }
    }
}
