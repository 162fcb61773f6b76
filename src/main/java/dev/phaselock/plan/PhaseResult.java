package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one run of a phase: a JSON document of at most {@link #MAX_BYTES} in the Job's termination message.
 *
 * @param outcome what has to happen next
 * @param reason why, from the closed list
 * @param message one sentence with the next action, for people; without row values and secrets
 * @param sqlState the server's SQLSTATE, where there was one
 * @param serverVersion the server's version, for instance {@code 17.11}; null when it was not reached
 * @param plan what Preflight planned; null for other phases
 * @param report what lock acquisition cost in this run
 * @param blockers who was in the way at last
 * @param violations violating rows, when there are any
 * @param applied whether the catalog says that all constraints of the change are there; null when that was not seen
 * @param validated whether the catalog says that all are valid; null when that was not seen
 * @param idle true when all of the phase was done already, by an earlier Job or somebody else; null otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PhaseResult(
        Outcome outcome,
        Reason reason,
        String message,
        @Nullable String sqlState,
        @Nullable String serverVersion,
        @Nullable PlanSummary plan,
        LockReport report,
        List<Blocker> blockers,
        List<Violations> violations,
        @Nullable Boolean applied,
        @Nullable Boolean validated,
        @Nullable Boolean idle) {

    /** What fits into a termination message. */
    public static final int MAX_BYTES = 4096;

    public PhaseResult {
        blockers = List.copyOf(blockers);
        violations = List.copyOf(violations);
    }

    /** Of a run that did something, or did not get as far. */
    public PhaseResult(
            Outcome outcome,
            Reason reason,
            String message,
            @Nullable String sqlState,
            @Nullable String serverVersion,
            @Nullable PlanSummary plan,
            LockReport report,
            List<Blocker> blockers,
            List<Violations> violations,
            @Nullable Boolean applied,
            @Nullable Boolean validated) {
        this(
                outcome,
                reason,
                message,
                sqlState,
                serverVersion,
                plan,
                report,
                blockers,
                violations,
                applied,
                validated,
                null);
    }

    /** The kind of an ending, which decides what happens next. */
    public enum Outcome {
        /** The catalog says that the phase is done. */
        DONE(0),
        /** A passing fault: repeated with backoff. */
        TRANSIENT(22),
        /** Existing rows violate the constraint: a person has to clean up; looked at again with backoff. */
        VIOLATED(21),
        /** It cannot be done like this; looked at again with long pauses where it may heal by itself. */
        REFUSED(20),
        /** The plan is not the one that was asked for: Preflight runs again. */
        PLAN_CHANGED(23),
        /** The lock was not to be had before {@code locks.deadline}. */
        DEADLINE(24),
        /** Asked to stop (SIGTERM). */
        INTERRUPTED(25);

        private final int exitCode;

        Outcome(int exitCode) {
            this.exitCode = exitCode;
        }

        /** The runner's exit code: 0, or one of 20 to 29, which a Job does not repeat by itself. */
        public int exitCode() {
            return exitCode;
        }
    }

    /**
     * What Preflight planned, as far as it fits.
     *
     * @param hash the plan's hash
     * @param relations a short hash of the name of each relation that the plan works on: 100 changes have to fit
     * @param absent each {@link Undo} of which there is nothing to undo yet, where the request asks for it; null where it
     *     does not
     */
    public record PlanSummary(
            String hash,
            String target,
            String label,
            List<String> relations,
            List<PhaseSummary> phases,
            @Nullable List<String> absent) {
        public PlanSummary {
            relations = List.copyOf(relations);
            phases = List.copyOf(phases);
            absent = absent == null ? null : List.copyOf(absent);
        }

        /** Where nobody asks what is absent. */
        public PlanSummary(
                String hash, String target, String label, List<String> relations, List<PhaseSummary> phases) {
            this(hash, target, label, relations, phases, null);
        }
    }

    /**
     * One phase of the plan.
     *
     * @param sql its statements, shortened or left out when they do not fit
     * @param locks its locks, likewise
     * @param change the index of the change that it belongs to
     */
    public record PhaseSummary(
            String name, PhaseType type, String label, boolean done, List<String> sql, List<String> locks, int change) {
        public PhaseSummary {
            sql = List.copyOf(sql);
            locks = List.copyOf(locks);
        }

        /** Of the first change. */
        public PhaseSummary(
                String name, PhaseType type, String label, boolean done, List<String> sql, List<String> locks) {
            this(name, type, label, done, sql, locks, 0);
        }
    }
}
