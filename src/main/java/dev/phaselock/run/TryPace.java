package dev.phaselock.run;

import dev.phaselock.run.TransactionHistory.Holder;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;

/**
 * When a try to take the locks is worth what it may cost, and how long it may stand in the queue.
 *
 * <p>Where nobody is in the way but transactions that have just begun, it is {@link #SHORTEST}: that costs next to nothing.
 * Otherwise a try is made only at a moment in which it is likely enough ({@link #WORTH}) to outlast all that stand in the
 * way, by what was seen of such transactions; of the lengths that are, the one with the best chance for its price. The
 * longest that it may have begins at {@link #SHORTEST}, doubles after each try that failed and after each {@link #IMPATIENCE}
 * without any, up to {@code locks.timeout}.
 *
 * <p>No try is longer than what is left of {@code locks.budget}, shared among those who are likely to wait behind it; once
 * it is spent, or was zero from the beginning, the locks are taken only where nobody waits ({@link #NOT_AT_ALL}).
 */
final class TryPace {
    /** Too short for a person to notice and long enough for a few short transactions to end. */
    static final Duration SHORTEST = Duration.ofMillis(10);

    /** Stands in no queue: the locks are there to be had at once, or not. */
    static final Duration NOT_AT_ALL = Duration.ZERO;

    /** By what was seen, a chance of one in five: less would spend the budget on hope. */
    static final double WORTH = 0.2;

    /** While little was seen, it has to be as likely as not. */
    static final double WORTH_BY_BELIEF = 0.5;

    private static final Duration IMPATIENCE = Duration.ofSeconds(1);

    private final LockLimits limits;
    private final TransactionHistory history;
    private Duration current;
    private long grownAt;

    TryPace(LockLimits limits, TransactionHistory history, long now) {
        this.limits = limits;
        this.history = history;
        this.current = min(SHORTEST, limits.timeout());
        this.grownAt = now;
    }

    /**
     * The longest that a try may wait now; empty when none is worth it.
     *
     * @param now nanoseconds
     * @param holders who holds a conflicting lock
     * @param delayed what writers waited so far because of tries
     * @param queue how many sessions are likely to wait behind it
     */
    Optional<Duration> next(long now, Collection<Holder> holders, Duration delayed, int queue) {
        boolean mayGrow = limits.mayGrow();
        if (mayGrow && now - grownAt > IMPATIENCE.toNanos()) {
            grow(now);
        }
        Duration affordable = limits.budget().minus(delayed).dividedBy(Math.max(1, queue));
        if (affordable.toMillis() < 1) {
            return history.endWithin(holders, NOT_AT_ALL) == 1 ? Optional.of(NOT_AT_ALL) : Optional.empty();
        }
        Duration longest = min(mayGrow ? current : min(SHORTEST, limits.timeout()), affordable);
        Optional<Duration> best = Optional.empty();
        double bestValue = 0;
        double worth = history.hasExperience() ? WORTH : WORTH_BY_BELIEF;
        for (Duration length = min(SHORTEST, longest); ; length = min(length.multipliedBy(2), longest)) {
            double chance = history.endWithin(holders, length);
            // Who wins stands in the queue for about half of the time.
            double value = chance / (length.toMillis() * (1 - chance / 2));
            if (chance >= worth && value > bestValue) {
                bestValue = value;
                best = Optional.of(length);
            }
            if (length.compareTo(longest) >= 0) {
                return best;
            }
        }
    }

    /** A try has failed. */
    void failed(long now) {
        if (limits.mayGrow()) {
            grow(now);
        }
    }

    private void grow(long now) {
        current = min(current.multipliedBy(2), limits.timeout());
        grownAt = now;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
