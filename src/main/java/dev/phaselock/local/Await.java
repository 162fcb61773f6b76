package dev.phaselock.local;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what happens outside this process and tells nobody. */
final class Await {
    private static final Duration PAUSE = Duration.ofMillis(30);

    private Await() {}

    /** Whether the condition came true within the time. An interrupt ends the waiting and stays set. */
    static boolean until(Duration time, BooleanSupplier condition) {
        long end = System.nanoTime() + time.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return condition.getAsBoolean();
            }
        }
        return true;
    }
}
