package dev.phaselock.cli;

import dev.phaselock.plan.PhaseResult.Outcome;

/** What {@code run} and {@code plan} exit with; part of the interface (docs/reference/cli.md). */
final class ExitCodes {
    static final int READY = 0;
    static final int UNEXPECTED = 1;
    static final int USAGE = 2;
    static final int REFUSED = 3;
    static final int VIOLATED = 4;
    static final int DEADLINE = 5;
    static final int INTERRUPTED = 6;

    private ExitCodes() {}

    static int of(Outcome outcome) {
        return switch (outcome) {
            case DONE -> READY;
            case REFUSED -> REFUSED;
            case VIOLATED -> VIOLATED;
            case DEADLINE -> DEADLINE;
            case INTERRUPTED -> INTERRUPTED;
            case TRANSIENT, PLAN_CHANGED -> UNEXPECTED;
        };
    }
}
