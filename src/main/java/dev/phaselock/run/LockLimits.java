package dev.phaselock.run;

import dev.phaselock.api.BlockersSpec;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How patient lock acquisition is, and what writers may feel of it.
 *
 * @param timeout the longest that one try may make writers wait
 * @param budget the most that the tries to come may make writers wait together; after that the locks are taken only where
 *     nobody waits
 * @param deadline how long may be waited from now on
 * @param window whether tries may last longer than the shortest now
 * @param blockers what is done about who is in the way
 * @param blockersAfter how old his transaction has to be for that
 */
record LockLimits(
        Duration timeout,
        Duration budget,
        Duration deadline,
        BooleanSupplier window,
        BlockersSpec.Action blockers,
        Duration blockersAfter) {

    /** At any time, and nobody is ended. */
    LockLimits(Duration timeout, Duration budget, Duration deadline) {
        this(timeout, budget, deadline, () -> true, BlockersSpec.Action.WAIT, Duration.ZERO);
    }

    boolean mayGrow() {
        return window.getAsBoolean();
    }
}
