package dev.phaselock.operator;

import dev.phaselock.api.UndoStatus;
import java.util.Arrays;

/** Where a part of what undoes the changes stands, as in {@code status.undo[].state}. */
enum UndoState {
    /** There is nothing to undo yet. */
    ABSENT("Absent"),
    /** A phase that adds it has begun. */
    ADDED("Added"),
    UNDONE("Undone"),
    /** It is not as the change made it, and stays. */
    LEFT("Left");

    private final String label;

    UndoState(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** What is unknown is left alone. */
    static UndoState of(UndoStatus status) {
        return Arrays.stream(values())
                .filter(state -> state.label.equals(status.state()))
                .findFirst()
                .orElse(LEFT);
    }
}
