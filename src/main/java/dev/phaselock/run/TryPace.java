package dev.phaselock.run;

import java.time.Duration;

/**
 * How long the next try to take the locks may stand in the queue. It begins with {@link #SHORTEST}, doubles after each
 * try that failed and after each {@link #IMPATIENCE} without any, up to {@code locks.timeout}; once what writers waited
 * has used up {@code locks.budget}, it is the shortest again.
 */
final class TryPace {
    /** Too short for a person to notice and long enough for a few short transactions to end. */
    static final Duration SHORTEST = Duration.ofMillis(10);

    private static final Duration IMPATIENCE = Duration.ofSeconds(5);

    private final LockLimits limits;
    private Duration current;
    private long grownAt;

    TryPace(LockLimits limits, long now) {
        this.limits = limits;
        this.current = min(SHORTEST, limits.timeout());
        this.grownAt = now;
    }

    /**
     * The longest that the next try may wait.
     *
     * @param now nanoseconds
     * @param delayed what writers waited so far because of tries
     */
    Duration next(long now, Duration delayed) {
        if (now - grownAt > IMPATIENCE.toNanos()) {
            grow(now);
        }
        Duration left = limits.budget().minus(delayed);
        Duration shortest = min(SHORTEST, limits.timeout());
        return left.compareTo(current) >= 0 ? current : left.compareTo(shortest) > 0 ? left : shortest;
    }

    /** A try has failed. */
    void failed(long now) {
        grow(now);
    }

    private void grow(long now) {
        current = min(current.multipliedBy(2), limits.timeout());
        grownAt = now;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
