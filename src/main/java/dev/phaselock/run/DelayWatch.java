package dev.phaselock.run;

import dev.phaselock.plan.RelationLock;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Looks every few milliseconds who waits behind a try, from its beginning until it is closed. When the look itself fails,
 * the measurement ends and the try goes on.
 */
final class DelayWatch implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(2);

    private final DelayMeter delays;
    private final Timing timing;
    private final Thread thread;
    private volatile boolean over;

    DelayWatch(LockView view, List<RelationLock> locks, DelayMeter delays, Timing timing, long tryStartedAt) {
        this.delays = delays;
        this.timing = timing;
        this.thread = RunnerThreads.start(() -> {
            while (!over) {
                try {
                    LockView.Look look = view.look(locks);
                    synchronized (delays) {
                        if (!over) {
                            delays.saw(look.takenAt(), look.waitingBehindPlanned(), tryStartedAt);
                        }
                    }
                } catch (SQLException _) {
                    return;
                }
                timing.sleep(PAUSE);
            }
        });
    }

    @Override
    public void close() {
        synchronized (delays) {
            over = true;
            delays.tryEnded(timing.nanoTime());
        }
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
