package dev.phaselock.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Pauses of a length that can be relied on: {@link LockSupport#parkNanos} alone may end early. */
final class Pause {
    private Pause() {}

    static void of(Duration length) {
        until(System.nanoTime() + length.toNanos());
    }

    /** @param end nanoseconds of {@link System#nanoTime}; returns at once when it is over */
    static void until(long end) {
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
