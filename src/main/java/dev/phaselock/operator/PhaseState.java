package dev.phaselock.operator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where one phase stands, as in {@code status.phases[].state}. */
enum PhaseState {
    /** Its turn has not come, or its next attempt's has not. */
    PENDING("Pending"),
    /** Its turn has come, but too many phases run, or another one works on its relation. */
    QUEUED("Queued"),
    /** Its Job was made, and its result is not in the status yet. */
    RUNNING("Running"),
    /** Likewise, and it waits for its lock. */
    WAITING("Waiting"),
    DONE("Done"),
    /** Existing rows violate a constraint. */
    VIOLATED("Violated"),
    /** It cannot be done like this. */
    REFUSED("Refused"),
    /** It did not get its lock in time. */
    FAILED("Failed");

    private final String label;

    PhaseState(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Whether its Job's result is still to be recorded. */
    boolean active() {
        return this == RUNNING || this == WAITING;
    }

    /** Whether, without a time for its next attempt, nothing happens before somebody asks for it. */
    boolean rests() {
        return this == VIOLATED || this == REFUSED || this == FAILED;
    }

    static PhaseState of(@Nullable String label) {
        return Arrays.stream(values())
                .filter(state -> state.label.equals(label))
                .findFirst()
                .orElse(PENDING);
    }
}
