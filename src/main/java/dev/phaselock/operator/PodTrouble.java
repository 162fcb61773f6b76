package dev.phaselock.operator;

import java.time.Duration;

/**
 * Why a Job's container does not get to run.
 *
 * @param message one sentence with the next action
 * @param patience how long after the Job was made it counts as something that passes
 */
record PodTrouble(ConditionReason reason, String message, Duration patience) {
    /** For what seldom passes by itself, but does when something else is only being set up. */
    static final Duration SHORT = Duration.ofMinutes(2);
    /** For what a cluster that grows by itself needs. */
    static final Duration LONG = Duration.ofMinutes(5);
    /** For what the Job sees to by itself, or by its end. */
    static final Duration UNTIL_THE_JOB_ENDS = Duration.ofDays(365);
}
