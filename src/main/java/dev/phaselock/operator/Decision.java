package dev.phaselock.operator;

import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.Verified;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Undo;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done: first the deletions, then the status is written, then the Job is made. So a Job never exists that
 * the status does not name, and {@code begun} is there before anything is changed.
 *
 * @param status the whole status
 * @param job the Job to make; null when none is wanted now. Making one that is there already changes nothing.
 * @param delete names of Jobs to delete with their pods
 * @param expire names of finished Jobs whose result is in the status, to be deleted after a while
 * @param lookAgain after which time; null when nothing but an event can change anything
 * @param release whether the finalizer can go
 */
record Decision(
        SchemaChangeStatus status,
        @Nullable JobOrder job,
        List<String> delete,
        List<String> expire,
        List<EventOrder> events,
        @Nullable Duration lookAgain,
        boolean release) {

    Decision {
        delete = List.copyOf(delete);
        expire = List.copyOf(expire);
        events = List.copyOf(events);
    }

    /**
     * A Job to make.
     *
     * @param phase the phase's name
     * @param planHash null for Preflight
     * @param earlier what lock acquisition has cost in this phase so far
     * @param waitedMillis how much of it counts for {@code locks.deadline}
     * @param delayedMillis for how long writers waited because of all tries of the change
     * @param verified where a Verify phase goes on
     * @param relations that the phase may work on; empty for Preflight
     * @param undo what is undone; null where the changes are carried out
     * @param sql the text of spec.sqlFrom; null without it
     */
    record JobOrder(
            String name,
            String phase,
            PhaseType type,
            int attempt,
            @Nullable String planHash,
            LockReport earlier,
            long waitedMillis,
            long delayedMillis,
            @Nullable Verified verified,
            List<String> relations,
            @Nullable Undo undo,
            @Nullable String sql) {}

    /** An event to emit. */
    record EventOrder(boolean warning, ConditionReason reason, String message) {}
}
