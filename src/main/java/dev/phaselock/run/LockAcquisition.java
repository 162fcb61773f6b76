package dev.phaselock.run;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Contention;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.postgres.BlockerSignal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes strong locks without making writers wait: it waits where nobody queues behind it, and asks for the locks only in
 * a moment in which they are there to be had.
 *
 * <ol>
 *   <li><b>Ticket.</b> SHARE UPDATE EXCLUSIVE on the relations ({@link Ticket}): no writer minds it, but other DDL and
 *       autovacuum stay away from now on, and an autovacuum at work gives way.
 *   <li><b>Look.</b> From a second session, read who holds a conflicting lock ({@link LockView}), and learn how long such
 *       transactions last ({@link TransactionHistory}). While a try is not likely enough to outlast all of them, do not
 *       try: they are blockers; look again.
 *   <li><b>Try.</b> In a savepoint, with a timeout of some milliseconds ({@link TryPace}), at a moment in which that is worth
 *       what it may cost. When it fails, the ticket stays.
 *   <li><b>Commit at once.</b> The locks, the statements and COMMIT are one message ({@link BriefMessage}).
 * </ol>
 *
 * <p>Invariants, by the names of docs/invariants.md: LOCK-1, no try waits longer than {@code locks.timeout}, and none
 * at all once the budget is spent. LOCK-2, no stronger lock than planned is ever
 * committed. LOCK-3, the ticket is given back after {@link #TICKET_HELD_AT_MOST}, and as soon as somebody's DDL queues
 * behind it. LOCK-4, every wait ends with the deadline or with an interruption.
 *
 * <p>That looking first costs no time and takes the writers' delay away was measured against the policies of other tools
 * (docs/performance.md). Not safe for use by several threads.
 */
final class LockAcquisition {
    /** The ticket keeps autovacuum and other people's DDL away, so not for longer than this at a time. */
    static final Duration TICKET_HELD_AT_MOST = Duration.ofSeconds(10);

    private static final Duration LOOK_PAUSE = Duration.ofMillis(10);
    private static final Duration TICKET_PAUSE = Duration.ofMillis(200);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(20);
    private static final Duration PROGRESS_EVERY = Duration.ofMillis(250);

    private final Connection session;
    private final LockView view;
    private final Ticket ticket;
    private final LockLimits limits;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;
    private final DelayMeter delays = new DelayMeter();
    private final TransactionHistory history = new TransactionHistory();
    private final BlockerEnder ender;

    private long startedAt;
    private long reportedAt;
    private int tries;
    private long heldNanos;
    private List<Blocker> blockers = List.of();

    /**
     * @param session takes the locks; in autocommit mode, outside a transaction, and left so
     * @param view looks, from another session
     * @param signal ends who may be ended, from that other session
     */
    LockAcquisition(
            Connection session,
            LockView view,
            BlockerSignal signal,
            LockLimits limits,
            Timing timing,
            Interruption interruption,
            ProgressListener listener)
            throws SQLException {
        this.session = session;
        this.view = view;
        this.ticket = new Ticket(session, view, timing);
        this.limits = limits;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
        this.ender = new BlockerEnder(signal, limits, timing);
    }

    /** How it ended. */
    enum Ending {
        /** The statements are committed. */
        COMMITTED,
        /** The deadline passed. Nothing was changed. */
        DEADLINE,
        /** The interruption was asked for. Nothing was changed. */
        INTERRUPTED,
        /** Under the locks the catalog was not as planned. Nothing was changed. */
        GUARD_FAILED
    }

    /** What it cost so far. */
    LockReport report() {
        return new LockReport(
                tries,
                Duration.ofNanos(timing.nanoTime() - startedAt - heldNanos).toMillis(),
                Duration.ofNanos(heldNanos).toMillis(),
                delays.sessions(),
                Duration.ofNanos(delays.longestNanos()).toMillis(),
                Duration.ofNanos(delays.totalNanos()).toMillis(),
                ender.ended(),
                ender.endings());
    }

    /** What was seen of the transactions in the way; null when nobody was. */
    @Nullable
    Contention contention() {
        return history.contention(queue());
    }

    /** How many would wait behind a try, by those who did and by those who come and go. */
    private int queue() {
        return Math.max(delays.largestQueue(), history.sessions());
    }

    /** Who was in the way at the last look. */
    List<Blocker> blockers() {
        return blockers;
    }

    /**
     * Carries a brief step out under its locks.
     *
     * @throws SQLException what the server says of the statements, or that the connection broke: then whether they were
     *     committed is for the catalog to say
     */
    Ending run(Step.Brief step) throws SQLException {
        startedAt = timing.nanoTime();
        TryPace pace = new TryPace(limits, history, startedAt);
        try {
            while (true) {
                if (interruption.requested()) {
                    return Ending.INTERRUPTED;
                }
                if (elapsed(startedAt).compareTo(limits.deadline()) > 0) {
                    return Ending.DEADLINE;
                }
                if (ticket.heldLongerThan(TICKET_HELD_AT_MOST)) {
                    giveTicketBack();
                }
                if (!ticket.held() && !takeTicket(step.locks())) {
                    continue;
                }
                long lookedAt = timing.nanoTime();
                LockView.Look look = view.look(step.locks());
                if (look.othersDdlWaits()) {
                    giveTicketBack();
                    continue;
                }
                history.saw(look.takenAt(), look.holders());
                Optional<Duration> timeout =
                        pace.next(lookedAt, look.holders(), Duration.ofNanos(delays.totalNanos()), queue());
                blockers = ender.act(look.blockersOlderThan(TransactionHistory.IN_THE_WAY));
                tellProgress(Activity.WAITING_FOR_LOCK);
                if (timeout.isEmpty()) {
                    Duration looking = elapsed(lookedAt);
                    timing.sleep(max(LOOK_PAUSE, looking.multipliedBy(10)));
                    continue;
                }
                switch (attempt(step, timeout.get())) {
                    case COMMITTED -> {
                        return Ending.COMMITTED;
                    }
                    case GUARD_FAILED -> {
                        return Ending.GUARD_FAILED;
                    }
                    case NOT_ACQUIRED -> {
                        pace.failed(timing.nanoTime());
                        timing.sleep(timing.jittered(RETRY_PAUSE));
                    }
                }
            }
        } finally {
            ticket.giveBack();
        }
    }

    private boolean takeTicket(List<RelationLock> locks) throws SQLException {
        if (ticket.take(locks)) {
            return true;
        }
        blockers = ender.act(ticket.blockers());
        tellProgress(Activity.WAITING_FOR_LOCK);
        timing.sleep(timing.jittered(TICKET_PAUSE));
        return false;
    }

    private void giveTicketBack() throws SQLException {
        ticket.giveBack();
        timing.sleep(timing.jittered(TICKET_PAUSE));
    }

    private enum Attempt {
        COMMITTED,
        NOT_ACQUIRED,
        GUARD_FAILED
    }

    private Attempt attempt(Step.Brief step, Duration timeout) throws SQLException {
        tries++;
        String message = BriefMessage.of(step, timeout, max(limits.timeout(), TryPace.SHORTEST));
        long triedAt = timing.nanoTime();
        try (DelayWatch _ = view.watchDelays(step.locks(), delays, triedAt)) {
            HeldTime held = HeldTime.execute(session, message);
            heldNanos += held.nanos();
            ticket.gone();
            return Attempt.COMMITTED;
        } catch (SQLException e) {
            switch (String.valueOf(e.getSQLState())) {
                case SqlStates.LOCK_NOT_AVAILABLE, SqlStates.QUERY_CANCELED -> {
                    // Too late: somebody had the lock after all. The ticket was taken before the savepoint and stays.
                    ticket.rollbackTo(BriefMessage.SAVEPOINT);
                    return Attempt.NOT_ACQUIRED;
                }
                case SqlStates.DEADLOCK_DETECTED -> {
                    ticket.giveBack();
                    return Attempt.NOT_ACQUIRED;
                }
                case BriefMessage.GUARD_FAILED -> {
                    return Attempt.GUARD_FAILED;
                }
                default -> throw e;
            }
        }
    }

    private void tellProgress(Activity activity) {
        long now = timing.nanoTime();
        if (now - reportedAt >= PROGRESS_EVERY.toNanos()) {
            reportedAt = now;
            listener.progress(new PhaseProgress(
                    activity, report(), blockers, null, elapsed(startedAt).toMillis(), null, contention(), null));
        }
    }

    private Duration elapsed(long since) {
        return Duration.ofNanos(timing.nanoTime() - since);
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
