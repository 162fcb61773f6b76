package dev.phaselock.run;

import dev.phaselock.plan.RelationLock;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches a long statement that holds SHARE UPDATE EXCLUSIVE, from another session, until it is {@link #over}. While it
 * works, somebody else's DDL may queue behind it, and every write behind that: then it is cancelled once a writer has
 * waited for longer than {@code locks.timeout}; and when nobody can be seen any more (invariant LOCK-5). Where the
 * statement itself takes a stronger lock at its end, whoever waits to write waits for it.
 */
final class ScanWatch {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);

    private final Connection session;
    private final LockView view;
    private final LockLimits limits;
    private final Timing timing;
    private final DelayMeter delays;
    private final Interruption interruption;
    private final long startedAt;
    private final Thread thread;
    private boolean gaveWay;
    private boolean over;

    /**
     * Begins to watch.
     *
     * @param session that works
     * @param progress told once a second for how many nanoseconds it works; may fail with an SQLException
     */
    ScanWatch(
            Connection session,
            LockView view,
            List<RelationLock> locks,
            LockLimits limits,
            Timing timing,
            DelayMeter delays,
            Interruption interruption,
            Progress progress) {
        this.session = session;
        this.view = view;
        this.limits = limits;
        this.timing = timing;
        this.delays = delays;
        this.interruption = interruption;
        this.startedAt = timing.nanoTime();
        // Whoever wants to write asks for ROW EXCLUSIVE, which only waits when a stronger request queues before it.
        List<RelationLock> asWriterSees = locks.stream()
                .map(lock -> lock.mode().compareTo(LockMode.SHARE_ROW_EXCLUSIVE) > 0
                        ? lock
                        : new RelationLock(lock.relation(), LockMode.SHARE_ROW_EXCLUSIVE, lock.lockable()))
                .toList();
        boolean strong = locks.stream().anyMatch(lock -> lock.mode().compareTo(LockMode.SHARE_UPDATE_EXCLUSIVE) > 0);
        this.thread = RunnerThreads.start(() -> watch(asWriterSees, strong, progress));
    }

    /** Tells where the statement stands. */
    @FunctionalInterface
    interface Progress {
        void tell(long workedNanos) throws SQLException;
    }

    /** Whether it was cancelled for the sake of writers. */
    synchronized boolean gaveWay() {
        return gaveWay;
    }

    /** The statement ended: from now on nothing is cancelled. */
    synchronized void over() {
        over = true;
        // The phase waits for this thread.
        LockSupport.unpark(thread);
    }

    /** Ends the watch. */
    void join() {
        over();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized void cancel(boolean forWriters) {
        if (!over && !gaveWay) {
            gaveWay = forWriters;
            Interruption.cancel(session);
        }
    }

    private void watch(List<RelationLock> asWriterSees, boolean strong, Progress progress) {
        long toldAt = 0;
        while (!isOver()) {
            try {
                LockView.Look look = view.look(asWriterSees);
                delays.saw(
                        look.takenAt(),
                        strong || look.othersDdlWaits()
                                ? look.waitingBehindPlanned().stream()
                                        .filter(entry -> entry.mode().compareTo(LockMode.ROW_EXCLUSIVE) <= 0)
                                        .toList()
                                : List.of(),
                        startedAt);
                if (delays.presentLongestNanos() > limits.timeout().toNanos()) {
                    cancel(true);
                }
                if (interruption.requested()) {
                    // Again: the first cancellation may have come between two statements.
                    cancel(false);
                }
                long now = timing.nanoTime();
                if (now - toldAt >= PROGRESS_EVERY.toNanos()) {
                    toldAt = now;
                    progress.tell(now - startedAt);
                }
            } catch (SQLException _) {
                // Unseen, writers might queue behind us for as long as the scan takes: repeated from the start.
                cancel(false);
                return;
            }
            timing.sleep(PAUSE);
        }
        delays.tryEnded(timing.nanoTime());
    }
}
