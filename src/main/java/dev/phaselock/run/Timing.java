package dev.phaselock.run;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** The clock and the randomness of everything that waits: parameters, so that a test can say what they are. */
public interface Timing {
    /** A monotonic clock, nanoseconds. */
    long nanoTime();

    /** Waits that long, or less when the thread is interrupted. */
    void sleep(Duration duration);

    /** From 0 (inclusive) to 1 (exclusive). */
    double random();

    /** Somewhere between half and the whole of a duration: pauses of several runners shall not march in step. */
    default Duration jittered(Duration duration) {
        return Duration.ofNanos((long) (duration.toNanos() * (0.5 + random() / 2)));
    }

    /** The machine's own. */
    static Timing system() {
        return new Timing() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration duration) {
                LockSupport.parkNanos(duration.toNanos());
            }

            @Override
            public double random() {
                return ThreadLocalRandom.current().nextDouble();
            }
        };
    }
}
