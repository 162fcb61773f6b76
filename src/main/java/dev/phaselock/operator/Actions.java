package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.operator.Observation.Obstacle;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a decision out on Kubernetes. Every action can be repeated: should one fail, the whole reconciliation is, and
 * decides anew.
 */
final class Actions {
    private static final Logger LOG = LoggerFactory.getLogger(Actions.class);
    /** The API server's answers to a Job that it will not have: trying the same again at once is of no use. */
    private static final Set<Integer> REJECTIONS = Set.of(HttpURLConnection.HTTP_BAD_REQUEST, 403, 422);

    private static final int BEGINNINGS = 20;

    private final OperatorSettings settings;
    private final JobFactory jobFactory;
    private final EventRecorder events;

    Actions(OperatorSettings settings, EventRecorder events) {
        this.settings = settings;
        this.jobFactory = new JobFactory(settings);
        this.events = events;
    }

    /** Who this operator is among its likes. */
    static String instance() {
        return Optional.ofNullable(System.getenv("HOSTNAME"))
                .filter(name -> !name.isBlank())
                .orElseGet(() -> UUID.randomUUID().toString());
    }

    /**
     * Does what was decided, in the order of {@link Decision}.
     *
     * @return why the API server rejects the Job; empty when it does not
     */
    Optional<Obstacle> carryOut(SchemaChange change, Decision decision, Context<SchemaChange> context) {
        decision.delete().forEach(job -> delete(change, job, context));
        writeStatus(change, decision.status(), context);
        Optional<Obstacle> rejection =
                decision.job() == null ? Optional.empty() : create(jobFactory.job(change, decision.job()), context);
        decision.expire().forEach(job -> expire(change, job, context));
        if (rejection.isEmpty()) {
            for (EventOrder event : decision.events()) {
                events.record(change, event);
            }
        }
        return rejection;
    }

    private static void writeStatus(SchemaChange change, SchemaChangeStatus status, Context<SchemaChange> context) {
        if (status.equals(change.getStatus())) {
            return;
        }
        var patch = new SchemaChange();
        patch.setMetadata(new ObjectMetaBuilder()
                .withNamespace(change.getMetadata().getNamespace())
                .withName(change.getMetadata().getName())
                .build());
        boolean begins = Boolean.TRUE.equals(status.begun())
                && (change.getStatus() == null
                        || !Boolean.TRUE.equals(change.getStatus().begun()));
        patch.setStatus(status);
        if (begins) {
            begin(change, patch, context);
        } else {
            context.resourceOperations().serverSideApplyPrimaryStatus(patch);
        }
    }

    /**
     * Writes that it begins. What is frozen by this must be what was decided on: an edit that came between is a conflict.
     * Where something else of the resource was written, say an annotation, it is written on top of that at once; waiting
     * for a quiet moment could take for ever.
     */
    private static void begin(SchemaChange change, SchemaChange patch, Context<SchemaChange> context) {
        SchemaChange latest = change;
        for (int attempt = 1; ; attempt++) {
            patch.getMetadata().setResourceVersion(latest.getMetadata().getResourceVersion());
            try {
                context.resourceOperations().serverSideApplyPrimaryStatus(patch);
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == BEGINNINGS) {
                    throw e;
                }
                latest = context.getClient()
                        .resources(SchemaChange.class)
                        .inNamespace(change.getMetadata().getNamespace())
                        .withName(change.getMetadata().getName())
                        .get();
                if (latest == null || !decidedOn(change, latest)) {
                    throw e;
                }
            }
        }
    }

    /** Whether all that a decision is made of is the same. */
    private static boolean decidedOn(SchemaChange change, SchemaChange latest) {
        return Objects.equals(
                        latest.getMetadata().getUid(), change.getMetadata().getUid())
                && Objects.equals(
                        latest.getMetadata().getGeneration(),
                        change.getMetadata().getGeneration())
                && latest.getMetadata().getDeletionTimestamp() == null
                && Objects.equals(ChangeFilter.retry(latest), ChangeFilter.retry(change))
                && Objects.equals(latest.getStatus(), change.getStatus());
    }

    private static Optional<Obstacle> create(Job job, Context<SchemaChange> context) {
        try {
            context.resourceOperations().create(job);
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                requireOurs(job, context);
                return Optional.empty();
            }
            if (REJECTIONS.contains(e.getCode())) {
                String said =
                        e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
                return Optional.of(
                        namespaceEnds(e)
                                ? new Obstacle.NamespaceEnds(said)
                                : new Obstacle.Rejected("The API server does not take the Job: " + said));
            }
            throw e;
        }
    }

    /** As the API server's admission says it: NamespaceTerminatingCause in k8s.io/api/core/v1. */
    private static boolean namespaceEnds(KubernetesClientException e) {
        return e.getStatus() != null
                && e.getStatus().getDetails() != null
                && e.getStatus().getDetails().getCauses() != null
                && e.getStatus().getDetails().getCauses().stream()
                        .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
    }

    /** A Job of that name is there: fine when an earlier decision made it. */
    private static void requireOurs(Job job, Context<SchemaChange> context) {
        Job there = context.getClient().resource(job).get();
        if (there != null && !Objects.equals(Labels.changeUid(there), Labels.changeUid(job))) {
            throw new IllegalStateException(
                    "Job " + job.getMetadata().getName() + " is there and belongs to somebody else");
        }
    }

    /** In the foreground: the Job is gone when its pods are. */
    private static void delete(SchemaChange change, String job, Context<SchemaChange> context) {
        context.getClient()
                .batch()
                .v1()
                .jobs()
                .inNamespace(change.getMetadata().getNamespace())
                .withName(job)
                .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                .delete();
    }

    private void expire(SchemaChange change, String job, Context<SchemaChange> context) {
        try {
            context.getClient()
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(change.getMetadata().getNamespace())
                    .withName(job)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"ttlSecondsAfterFinished\":%d}}"
                                    .formatted(settings.jobTimeToLive().toSeconds()));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            LOG.debug("Job {} is gone already", job);
        }
    }
}
