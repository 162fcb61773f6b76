package dev.phaselock.operator;

import java.time.Duration;

/**
 * Pauses that double from {@code first} to {@code longest}, each shortened by up to a quarter, so that many changes that
 * fail together do not come back together.
 */
record Backoff(Duration first, Duration longest) {
    /** After a passing fault. */
    static final Backoff TRANSIENT = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));
    /** While rows are to be cleaned up. */
    static final Backoff VIOLATED = new Backoff(Duration.ofSeconds(5), Duration.ofMinutes(10));
    /** For what may heal without an edit. */
    static final Backoff REFUSED = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(10));

    /**
     * The pause after so many failures in a row.
     *
     * @param failures at least 1
     * @param random from 0 to 1
     */
    Duration pause(int failures, double random) {
        long doubled = first.toMillis() << Math.min(failures - 1, 20);
        long pause = Math.min(doubled, longest.toMillis());
        return Duration.ofMillis(pause - (long) (pause / 4.0 * random));
    }
}
