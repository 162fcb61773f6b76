package dev.phaselock.run;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Validates a constraint in a transaction of its own. SHARE UPDATE EXCLUSIVE is taken by short tries, as a {@link
 * Ticket}; then the scan takes as long as it takes, without a {@code lock_timeout} or {@code statement_timeout} that
 * would make it fail early.
 *
 * <p>While it scans, it gives way to writers that queue behind it, and is repeated ({@link ScanWatch}, invariant LOCK-5).
 */
final class Validation {
    private static final Duration TICKET_PAUSE = Duration.ofMillis(200);

    private final Connection session;
    private final LockView view;
    private final LockLimits limits;
    private final @Nullable Duration longest;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;
    private final DelayMeter delays = new DelayMeter();

    private long startedAt;
    private long scanningNanos;
    private int tries;
    /** Set by the watch before it cancels. */
    private volatile boolean tookTooLong;

    private List<Blocker> blockers = List.of();

    /**
     * @param longest how long the scan may take, for its snapshot holds up vacuum; null for as long as it takes
     */
    Validation(
            Connection session,
            LockView view,
            LockLimits limits,
            @Nullable Duration longest,
            Timing timing,
            Interruption interruption,
            ProgressListener listener) {
        this.session = session;
        this.view = view;
        this.limits = limits;
        this.longest = longest;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
    }

    /** How it ended. */
    enum Ending {
        COMMITTED,
        VIOLATED,
        DEADLINE,
        /** It scanned for longer than {@code validation.maxDuration} and was cancelled. */
        TOO_LONG,
        INTERRUPTED
    }

    LockReport report() {
        return new LockReport(
                tries,
                Duration.ofNanos(timing.nanoTime() - startedAt - scanningNanos).toMillis(),
                0,
                delays.sessions(),
                Duration.ofNanos(delays.longestNanos()).toMillis(),
                Duration.ofNanos(delays.totalNanos()).toMillis());
    }

    List<Blocker> blockers() {
        return blockers;
    }

    Ending run(Step.Validate step) throws SQLException {
        startedAt = timing.nanoTime();
        // Weaker locks (ROW SHARE on a referenced table) conflict with nothing that is held for long, and the role need
        // not be allowed to LOCK there: the statement takes them itself.
        List<RelationLock> locks = step.locks().stream()
                .filter(lock -> lock.mode() == LockMode.SHARE_UPDATE_EXCLUSIVE)
                .toList();
        Ticket ticket = new Ticket(session, view, timing);
        try {
            while (true) {
                if (interruption.requested()) {
                    return Ending.INTERRUPTED;
                }
                if (timing.nanoTime() - startedAt - scanningNanos
                        > limits.deadline().toNanos()) {
                    return Ending.DEADLINE;
                }
                tries++;
                if (!ticket.take(locks)) {
                    blockers = ticket.blockers();
                    listener.progress(new PhaseProgress(
                            Activity.WAITING_FOR_LOCK,
                            report(),
                            blockers,
                            null,
                            sinceStart().toMillis()));
                    timing.sleep(timing.jittered(TICKET_PAUSE));
                    continue;
                }
                blockers = List.of();
                switch (scan(step, locks)) {
                    case COMMITTED -> {
                        ticket.gone();
                        return Ending.COMMITTED;
                    }
                    case VIOLATED -> {
                        return Ending.VIOLATED;
                    }
                    case TOO_LONG -> {
                        return Ending.TOO_LONG;
                    }
                    case CANCELLED -> {
                        ticket.giveBack();
                        timing.sleep(timing.jittered(TICKET_PAUSE.multipliedBy(5)));
                    }
                }
            }
        } finally {
            ticket.giveBack();
        }
    }

    private enum Scan {
        COMMITTED,
        VIOLATED,
        TOO_LONG,
        CANCELLED
    }

    private Scan scan(Step.Validate step, List<RelationLock> locks) throws SQLException {
        long scanStartedAt = timing.nanoTime();
        ScanWatch watch = new ScanWatch(
                session, view, locks, limits, timing, delays, interruption, worked -> tell(Duration.ofNanos(worked)));
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL lock_timeout = 0");
            statement.execute("SET LOCAL statement_timeout = 0");
            BuildMemory.raise(
                    session, step.locks().stream().map(RelationLock::relation).toList(), true);
            statement.execute(step.statement());
            // A cancellation may still be under way: it shall not meet the COMMIT.
            watch.over();
            statement.execute("COMMIT");
            return Scan.COMMITTED;
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (state.equals(SqlStates.FOREIGN_KEY_VIOLATION)
                    || state.equals(SqlStates.CHECK_VIOLATION)
                    || state.equals(SqlStates.NOT_NULL_VIOLATION)) {
                return Scan.VIOLATED;
            }
            if (state.equals(SqlStates.QUERY_CANCELED) && tookTooLong) {
                return Scan.TOO_LONG;
            }
            if (state.equals(SqlStates.DEADLOCK_DETECTED)
                    || (state.equals(SqlStates.QUERY_CANCELED) && (watch.gaveWay() || interruption.requested()))) {
                return Scan.CANCELLED;
            }
            throw e;
        } finally {
            watch.over();
            scanningNanos += timing.nanoTime() - scanStartedAt;
            watch.join();
        }
    }

    private void tell(Duration worked) throws SQLException {
        if (longest != null && worked.compareTo(longest) > 0) {
            tookTooLong = true;
            throw new SQLException("longer than validation.maxDuration");
        }
        listener.progress(new PhaseProgress(Activity.VALIDATING, LockReport.NONE, List.of(), null, worked.toMillis()));
    }

    private Duration sinceStart() {
        return Duration.ofNanos(timing.nanoTime() - startedAt);
    }
}
