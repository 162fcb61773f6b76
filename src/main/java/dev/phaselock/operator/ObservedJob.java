package dev.phaselock.operator;

import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of a change's Jobs, with what its pods say.
 *
 * @param phase the phase's name
 * @param generation the generation of the spec that it was made for
 * @param deleting whether somebody deleted it and its pods are still ending
 * @param finish how it ended; null while it has not
 * @param expiring whether it already has a {@code ttlSecondsAfterFinished}
 * @param deadlineSeconds its {@code activeDeadlineSeconds}
 * @param earlier what lock acquisition had cost in this phase before this Job
 * @param result from the terminated container's message; null when there is none
 * @param progress the last line that it printed, or the last that was seen of a Job that ended without a result; null
 *     when there is none
 * @param started whether its container runs or ran
 * @param podAlive whether a pod of it has not ended
 * @param terminatingSince since when its pod should have been gone; null when it has not to go
 * @param trouble why its container does not get to run; null when it does
 */
record ObservedJob(
        String name,
        String phase,
        int attempt,
        long generation,
        Instant created,
        boolean deleting,
        @Nullable Finish finish,
        boolean expiring,
        long deadlineSeconds,
        LockReport earlier,
        @Nullable PhaseResult result,
        @Nullable PhaseProgress progress,
        boolean started,
        boolean podAlive,
        @Nullable Instant terminatingSince,
        @Nullable PodTrouble trouble) {

    /**
     * How a Job ended, as far as its result does not tell it.
     *
     * @param at when
     * @param complete whether it succeeded
     * @param exitCode of its container; null when unknown
     * @param cause a word for people: {@code OOMKilled}, {@code DeadlineExceeded}, {@code Evicted}, …
     */
    record Finish(
            Instant at,
            boolean complete,
            @Nullable Integer exitCode,
            @Nullable String cause) {}
}
