package dev.phaselock.run;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.Violations;
import dev.phaselock.postgres.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a phase ends: what {@link dev.phaselock.plan.PhaseResult} says of it beside the plan and the cost.
 *
 * @param sqlState the server's, where there was one
 * @param violations violating rows, when there are any
 */
record StepEnding(
        Outcome outcome,
        Reason reason,
        String message,
        @Nullable String sqlState,
        List<Violations> violations) {
    static StepEnding of(Outcome outcome, Reason reason, String message) {
        return new StepEnding(outcome, reason, message, null, List.of());
    }

    static StepEnding of(Outcome outcome, Reason reason, String message, List<Violations> violations) {
        return new StepEnding(outcome, reason, message, null, violations);
    }

    static StepEnding of(Failure failure) {
        return new StepEnding(failure.outcome(), failure.reason(), failure.message(), failure.sqlState(), List.of());
    }

    static StepEnding interrupted() {
        return of(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop.");
    }

    static StepEnding planChanged(String message) {
        return of(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, message);
    }
}
