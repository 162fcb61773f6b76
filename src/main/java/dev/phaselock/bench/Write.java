package dev.phaselock.bench;

/**
 * One write of the application.
 *
 * @param startedAt when it began, nanoseconds of {@link System#nanoTime}
 * @param nanos how long it took
 */
public record Write(long startedAt, long nanos) {
    /** What of it is over 20 ms, nanoseconds: below that nobody can tell it from an ordinary write. */
    static final long UNNOTICED_NANOS = 20_000_000;

    boolean overlaps(long from, long to) {
        return startedAt < to && startedAt + nanos > from;
    }

    double millis() {
        return nanos / 1e6;
    }
}
