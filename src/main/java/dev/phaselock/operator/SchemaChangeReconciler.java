package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.operator.PhaseSlots.Claim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Brings SchemaChanges forward: observe, decide, act. What is decided is {@link Decider}'s; here are only the ways to and
 * from Kubernetes.
 */
@Singleton
@ControllerConfiguration(
        name = "schemachange",
        finalizerName = "phaselock.dev/jobs",
        fieldManager = "phaselock",
        generationAwareEventProcessing = false,
        informer = @Informer(onUpdateFilter = ChangeFilter.class, informerListLimit = SchemaChangeReconciler.PAGE))
@GradualRetry(maxAttempts = 1_000_000, initialInterval = 500, intervalMultiplier = 2, maxInterval = 60_000)
public final class SchemaChangeReconciler implements Reconciler<SchemaChange>, Cleaner<SchemaChange> {
    /** So many are read at once when the operator starts: ten thousand in one answer would fill its memory. */
    static final long PAGE = 100;

    private final Observer observer;
    private final Actions actions;
    private final PhaseSlots slots;
    private final SimpleInboundEventSource<SchemaChange> wake = new SimpleInboundEventSource<>("wake");
    private InformerEventSource<Job, SchemaChange> jobs;
    private IndexedResourceCache<SchemaChange> changes;

    @Inject
    public SchemaChangeReconciler(KubernetesClient client, OperatorSettings settings) {
        this(client, settings, Clock.systemUTC());
    }

    SchemaChangeReconciler(KubernetesClient client, OperatorSettings settings, Clock clock) {
        this.observer =
                new Observer(new JobObserver(new RunnerLogs(client)), clock, RandomGenerator.getDefault()::nextDouble);
        this.actions = new Actions(settings, new EventRecorder(client, clock, Actions.instance()));
        this.slots = new PhaseSlots(settings, clock);
    }

    @Override
    public List<EventSource<?, SchemaChange>> prepareEventSources(EventSourceContext<SchemaChange> context) {
        changes = context.getPrimaryCache();
        jobs = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Job.class, SchemaChange.class)
                        .withLabelSelector(Labels.SELECTOR)
                        .withInformerListLimit(PAGE)
                        .withSecondaryToPrimaryMapper(Labels::change)
                        .build(),
                context);
        var pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, SchemaChange.class)
                        .withLabelSelector(Labels.SELECTOR)
                        .withInformerListLimit(PAGE)
                        .withSecondaryToPrimaryMapper(Labels::change)
                        .build(),
                context);
        return List.of(jobs, pods, wake);
    }

    @Override
    public UpdateControl<SchemaChange> reconcile(SchemaChange change, Context<SchemaChange> context) {
        Decision decision = act(change, context, Decider::decide);
        UpdateControl<SchemaChange> control = UpdateControl.noUpdate();
        return decision.lookAgain() == null ? control : control.rescheduleAfter(atLeast(decision.lookAgain()));
    }

    private Decision act(SchemaChange change, Context<SchemaChange> context, Function<Observation, Decision> decider) {
        Observation observation = observer.observe(change, context);
        Decision decision = decider.apply(observation);
        if (decision.job() != null) {
            Optional<String> refusal = askForSlot(change, decision, context);
            if (refusal.isPresent()) {
                decision = decider.apply(observation.with(new Obstacle.NoSlot(refusal.get())));
            }
        }
        Optional<Obstacle> rejection = actions.carryOut(change, decision, context);
        if (rejection.isPresent()) {
            decision = decider.apply(observation.with(rejection.get()));
            actions.carryOut(change, decision, context);
        }
        if (decision.status().phases() == null
                || decision.status().phases().stream()
                        .noneMatch(phase -> PhaseState.of(phase.state()).active())) {
            slots.release(change.getMetadata().getUid());
        }
        if (!decision.expire().isEmpty() || !decision.delete().isEmpty()) {
            wakeQueued(context);
        }
        return decision;
    }

    @Override
    public DeleteControl cleanup(SchemaChange change, Context<SchemaChange> context) {
        Decision decision = act(change, context, Decider::cleanup);
        if (decision.release()) {
            slots.release(change.getMetadata().getUid());
            wakeQueued(context);
            return DeleteControl.defaultDelete();
        }
        DeleteControl control = DeleteControl.noFinalizerRemoval();
        return decision.lookAgain() == null ? control : control.rescheduleAfter(atLeast(decision.lookAgain()));
    }

    private Optional<String> askForSlot(SchemaChange change, Decision decision, Context<SchemaChange> context) {
        return slots.ask(Claims.of(change, decision.job()), running(), queued(context));
    }

    private void wakeQueued(Context<SchemaChange> context) {
        List<Claim> queued = queued(context);
        if (!queued.isEmpty()) {
            slots.runnable(running(), queued).forEach(claim -> wake.propagateEvent(Claims.resource(claim)));
        }
    }

    /** All of the cache: none before it is filled. */
    List<SchemaChange> changes() {
        return changes == null ? List.of() : changes.list(_ -> true).toList();
    }

    /** Likewise. */
    List<Job> jobs() {
        return jobs == null ? List.of() : jobs.list(_ -> true).toList();
    }

    private List<Claim> running() {
        return jobs.list(Claims::counts).map(Claims::of).toList();
    }

    private static List<Claim> queued(Context<SchemaChange> context) {
        return context.getPrimaryCache()
                .list(Claims::queued)
                .map(change -> Claims.of(change, null))
                .toList();
    }

    /** So that a pause of no time at all does not spin. */
    private static Duration atLeast(Duration pause) {
        return pause.toMillis() < 50 ? Duration.ofMillis(50) : pause;
    }
}
