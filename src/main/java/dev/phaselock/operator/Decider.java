package dev.phaselock.operator;

import dev.phaselock.operator.Decision.EventOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what to do next about one SchemaChange: a pure function of what was observed. Nothing is remembered between two
 * calls but what the status says, so an operator may end and another go on between any two of its actions.
 *
 * <p>The way of a change: Preflight gives the plan; then the phases follow, one Job at a time. A phase is <em>active</em>
 * from the moment when the status names its Job until the Job's result is in the status. What the result says decides
 * what is next: the next phase, another attempt after a pause, or a rest until a person acts.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>OPERATOR-1: a Job is made only after the status that names it was written; if it changes the database, that
 *       status says {@code begun}, from which on the API server refuses edits of what was planned.
 *   <li>OPERATOR-2: at most one phase is active.
 *   <li>OPERATOR-3: a Job gets a time to live only once its result is in the status.
 *   <li>OPERATOR-4: Reconciling and Stalled are never there together, and neither beside Ready True.
 *   <li>OPERATOR-5: the finalizer stays while a pod may still work, but no longer than {@link #DELETION_PATIENCE}.
 * </ul>
 */
final class Decider {
    /** The longest request that a Job gets: Linux gives one environment variable 128 KiB. */
    static final int REQUEST_LIMIT = 96 * 1024;
    /** How long a deletion waits for pods that do not end: on a node that is gone they never do. */
    static final Duration DELETION_PATIENCE = Duration.ofMinutes(5);

    private Decider() {}

    /** What to do about a change that nobody deleted. */
    static Decision decide(Observation observation) {
        return new Round(observation).decide();
    }

    /**
     * What to do about a change that somebody deleted: its pods end before it goes. With deletionPolicy Revert what it added
     * is undone then; while that goes on it can be called off by Retain.
     */
    static Decision cleanup(Observation observation) {
        var draft = new StatusDraft(observation.previous());
        boolean reverts = observation.spec().reverts()
                && !draft.toUndo().isEmpty()
                && !(observation.obstacle() instanceof Observation.Obstacle.NamespaceEnds);
        if (reverts && draft.undoing != null) {
            return new Reverting(new Round(observation)).decide();
        }
        Decision ending = end(observation, reverts);
        return reverts && ending.release() ? new Reverting(new Round(observation)).decide() : ending;
    }

    private static Decision end(Observation observation, boolean reverts) {
        var draft = new StatusDraft(observation.previous());
        List<String> delete = observation.jobs().stream()
                .filter(job -> job.finish() == null && !job.deleting())
                .map(ObservedJob::name)
                .toList();
        boolean alive = observation.strayPod()
                || observation.jobs().stream().anyMatch(job -> job.finish() == null || job.podAlive());
        Duration left = DELETION_PATIENCE.minus(Duration.between(asked(observation, draft), observation.now()));
        boolean patient = left.isPositive();
        List<EventOrder> events = new ArrayList<>();
        if (alive && !patient) {
            events.add(new EventOrder(
                    true,
                    ConditionReason.DELETING,
                    "A pod did not end within 5 minutes, perhaps because its node is gone. The resource is deleted"
                            + " nevertheless; look whether the pod is still there."));
        }
        if (observation.obstacle() instanceof Observation.Obstacle.NamespaceEnds(String message)) {
            events.add(new EventOrder(
                    true,
                    ConditionReason.LEFT_ALONE,
                    "Nothing more is undone, for no Job can be made any more: " + message));
        }
        var standing = new Standing(
                "Deleting",
                ConditionReason.DELETING,
                reverts
                        ? "Waiting for the pod to end; then what was added is undone."
                        : "Waiting for the pod to end; nothing that was done is undone.");
        draft.step = standing.step();
        var conditions = new Conditions(draft.previousConditions, observation.generation(), Times.now(observation));
        for (ConditionType type : List.of(
                ConditionType.ACCEPTED, ConditionType.APPROVED, ConditionType.APPLIED, ConditionType.VALIDATED)) {
            conditions.keep(type);
        }
        conditions.set(ConditionType.READY, Conditions.Status.FALSE, standing.reason(), standing.message());
        conditions.set(ConditionType.RECONCILING, Conditions.Status.TRUE, standing.reason(), standing.message());
        return new Decision(
                draft.toStatus(observation.generation(), conditions.list()),
                null,
                delete,
                List.of(),
                events,
                alive && patient ? left : null,
                !alive || !patient);
    }

    /** When the pods were asked to end: with the deletion, or by Retain while something was being undone. */
    private static Instant asked(Observation observation, StatusDraft draft) {
        return draft.undoing == null
                ? observation.deletedAt()
                : observation.jobs().stream()
                        .filter(job -> job.finish() == null)
                        .map(job -> job.deleting() && job.terminatingSince() != null
                                ? job.terminatingSince()
                                : observation.now())
                        .max(Instant::compareTo)
                        .orElse(observation.deletedAt());
    }
}
