package dev.phaselock.run;

import dev.phaselock.api.BackfillSpec;
import dev.phaselock.change.Durations;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives the rows of a table their value of a new column, in batches. A batch is one statement and one transaction over a
 * range of blocks: it writes those rows that have no value yet and that nobody holds, so it waits for no row; who writes to
 * one of its rows waits until it commits ({@link BatchSize}; invariant FILL-1). Rows that somebody holds are come back to.
 *
 * <p>A row that somebody writes meanwhile moves, perhaps behind the batches. So when all blocks were gone through, the
 * table is searched in one snapshot, which sees each row once, and what is found is filled; until nothing is found. That
 * ends: who sets the column to null again and again, or a default that is null for some rows, is not outlasted.
 *
 * <p>It can be killed at any statement and run twice at once: a row that has its value is not written again.
 */
final class Backfill {
    private static final Duration RETRY_PAUSE = Duration.ofMillis(200);
    private static final Duration PROGRESS_EVERY = Duration.ofMillis(500);

    /** Searches that find something. Each finds what was written to during the one before. */
    private static final int MAX_SEARCHES = 10;

    /** About as many as a block has. */
    private static final int FOUND_IN_A_BATCH = 100;

    private static final String HELD = "waits for rows that others hold";

    private final FillStatements fill;
    private final BatchSize size;
    private final Duration pause;
    private final ReplicaLag lag;
    private final LockLimits limits;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;
    private final Step.Backfill step;
    private final long startedAt;
    private final DelayMeter delays = new DelayMeter();
    private final RowDelays rowDelays;

    private long waitedNanos;
    private long toldAt;
    private long rows;
    private long nulls;
    private double part;
    private @Nullable String waiting;

    /** A range of blocks; the second is the first that does not belong to it. */
    private record Blocks(long from, long to) {}

    /**
     * @param session of its own: it is set up for this, and closed afterwards
     * @param watcher another, which sees who waits
     */
    Backfill(
            Connection session,
            Connection watcher,
            Step.Backfill step,
            BackfillSpec settings,
            LockLimits limits,
            Timing timing,
            Interruption interruption,
            ProgressListener listener)
            throws SQLException {
        this.step = step;
        this.limits = limits;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
        this.fill = new FillStatements(session, step, limits.timeout());
        this.size = new BatchSize(FillStatements.target(settings), fill.window());
        this.pause = Durations.parse(settings.pause());
        this.lag = new ReplicaLag(watcher, Durations.parse(settings.maxReplicaLag()), timing);
        this.rowDelays = new RowDelays(watcher, session, delays, timing);
        this.startedAt = timing.nanoTime();
        this.toldAt = startedAt - PROGRESS_EVERY.toNanos();
    }

    /** How it ended. */
    enum Ending {
        FILLED,
        /** The table is not there any more. */
        GONE,
        /** Somebody writes to the rows faster than they are found. */
        OUTRUN,
        /** Rows, or the table, were held by others for too long. */
        DEADLINE,
        /** Standbys were behind for too long. */
        REPLICAS,
        INTERRUPTED
    }

    /** Of locks on rows: what writers waited for them added up is not told, for {@code locks.budget} is of strong locks. */
    LockReport report() {
        return new LockReport(
                1,
                Duration.ofNanos(waitedNanos).toMillis(),
                0,
                delays.sessions(),
                Duration.ofNanos(delays.longestNanos()).toMillis(),
                0);
    }

    /** Ends the work from within. */
    private static final class Ended extends Exception {
        private static final long serialVersionUID = 1;
        private final Ending ending;

        Ended(Ending ending) {
            super(null, null, false, false);
            this.ending = ending;
        }
    }

    Ending run() throws SQLException {
        try {
            blocks();
            for (int search = 0; search < MAX_SEARCHES; search++) {
                if (nulls > 0) {
                    // The default itself is null for some rows: which were passed over nobody can tell.
                    return Ending.FILLED;
                }
                List<String> found = fill.search();
                if (found.isEmpty()) {
                    return Ending.FILLED;
                }
                long before = rows;
                if (found.size() < FillStatements.MOST_FOUND) {
                    found(found);
                }
                if (rows - before < found.size()) {
                    // They moved on meanwhile: a batch finds them sooner after it looked.
                    blocks();
                } else if (search == MAX_SEARCHES - 1) {
                    // All that was found was filled, each time: somebody sets the column to null.
                    return Ending.FILLED;
                }
            }
            return Ending.OUTRUN;
        } catch (Ended e) {
            return e.ending;
        } catch (SQLException e) {
            if (SqlStates.UNDEFINED_RELATION.equals(e.getSQLState())) {
                return Ending.GONE;
            }
            throw e;
        }
    }

    private void blocks() throws SQLException, Ended {
        Deque<Blocks> held = new ArrayDeque<>();
        long all = fill.blocks();
        for (long from = 0; from < all; from += fill.window()) {
            Blocks window = new Blocks(from, Math.min(all, from + fill.window()));
            part = (double) from / all;
            tell();
            requireNotInterrupted();
            if (fill.anyIn(window.from(), window.to())) {
                batches(window, held, all);
            }
        }
        part = 1;
        while (!held.isEmpty()) {
            waits(RETRY_PAUSE, HELD, Ending.DEADLINE);
            for (int i = held.size(); i > 0; i--) {
                Blocks again = held.removeFirst();
                batches(again, held, all);
            }
        }
    }

    private void batches(Blocks range, Deque<Blocks> held, long all) throws SQLException, Ended {
        long at = range.from();
        while (at < range.to()) {
            int used = (int) Math.min(size.blocks(), range.to() - at);
            long from = at;
            Optional<FillStatements.Batch> batch = batch(used, () -> fill.batch(from, from + used, size.limit()));
            if (batch.isPresent()) {
                at += used;
                part = Math.max(part, (double) at / all);
                if (batch.get().heldByOthers() > 0) {
                    held.addLast(new Blocks(from, at));
                }
            }
        }
    }

    private void found(List<String> rowIds) throws SQLException, Ended {
        for (int from = 0; from < rowIds.size(); ) {
            List<String> some = rowIds.subList(from, Math.min(rowIds.size(), from + FOUND_IN_A_BATCH));
            Optional<FillStatements.Batch> batch = batch(0, () -> fill.batch(some, size.limit()));
            if (batch.isPresent() && batch.get().heldByOthers() == 0) {
                from += some.size();
            } else if (batch.isPresent()) {
                waits(RETRY_PAUSE, HELD, Ending.DEADLINE);
            }
        }
    }

    @FunctionalInterface
    private interface Work {
        FillStatements.Batch run() throws SQLException;
    }

    /**
     * One batch, and the pause after it; empty when it is to be tried again.
     *
     * @param used how many blocks it has; 0 for one that is not made of ranges
     */
    private Optional<FillStatements.Batch> batch(int used, Work work) throws SQLException, Ended {
        requireNotInterrupted();
        for (Optional<Duration> behind = lag.tooMuch(); behind.isPresent(); behind = lag.tooMuch()) {
            waits(
                    RETRY_PAUSE,
                    "waits for a standby that is " + Durations.format(behind.get()) + " behind",
                    Ending.REPLICAS);
        }
        long began = timing.nanoTime();
        try {
            FillStatements.Batch batch;
            long took;
            try (RowDelays.Watch _ = rowDelays.watch()) {
                batch = work.run();
                took = timing.nanoTime() - began;
            }
            rows += batch.written();
            nulls += batch.nulls();
            if (used > 0) {
                size.took(used, Duration.ofNanos(took), batch.written());
            }
            tell();
            if (batch.written() > 0) {
                waiting = null;
                timing.sleep(pause);
            }
            return Optional.of(batch);
        } catch (SQLException e) {
            requireNotInterrupted();
            switch (String.valueOf(e.getSQLState())) {
                case SqlStates.QUERY_CANCELED -> {
                    if (!size.cancelled()) {
                        throw e;
                    }
                }
                case SqlStates.LOCK_NOT_AVAILABLE, SqlStates.DEADLOCK_DETECTED, SqlStates.SERIALIZATION_FAILURE -> {}
                default -> throw e;
            }
            waits(RETRY_PAUSE, "waits for others", Ending.DEADLINE);
            return Optional.empty();
        }
    }

    /** @param otherwise how it ends when all waiting took too long */
    private void waits(Duration time, String what, Ending otherwise) throws Ended {
        requireNotInterrupted();
        if (waitedNanos > limits.deadline().toNanos()) {
            throw new Ended(otherwise);
        }
        waiting = what;
        tell();
        long began = timing.nanoTime();
        timing.sleep(timing.jittered(time));
        waitedNanos += timing.nanoTime() - began;
        requireNotInterrupted();
    }

    private void requireNotInterrupted() throws Ended {
        if (interruption.requested()) {
            throw new Ended(Ending.INTERRUPTED);
        }
    }

    private void tell() {
        long now = timing.nanoTime();
        if (now - toldAt >= PROGRESS_EVERY.toNanos()) {
            toldAt = now;
            listener.progress(new PhaseProgress(
                    Activity.BACKFILLING,
                    report(),
                    List.of(),
                    (int) (100 * (step.part() + part) / step.parts()),
                    Duration.ofNanos(now - startedAt).toMillis(),
                    rows + " rows of " + step.table().name() + (waiting == null ? "" : ", " + waiting)));
        }
    }
}
