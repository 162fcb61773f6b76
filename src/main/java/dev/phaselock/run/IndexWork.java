package dev.phaselock.run;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.Step;
import dev.phaselock.postgres.BuildView;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds or drops an index CONCURRENTLY. No reader or writer waits for that; it waits for them: for the end of every
 * transaction that could still miss the index, or use it. No timeout ends that wait, for what it would leave is an index
 * that is not valid: only an interruption does, or writers that queue behind it ({@link ScanWatch}, invariant LOCK-5).
 * Likewise it detaches a partition, whose ACCESS EXCLUSIVE lock comes last, when nobody reaches it by its table any more.
 *
 * <p>An advisory lock of the session keeps two runners of one table apart, and lasts as long as the server works for us,
 * also when we are gone. Under it the step is planned anew: what is left not valid under our name then is of a build that
 * has ended (invariant INDEX-1).
 */
final class IndexWork {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Connection session;
    private final LockView view;
    private final LockLimits limits;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;
    private final DelayMeter delays = new DelayMeter();

    private long startedAt;
    private long workingNanos;
    private int tries;
    private List<Blocker> blockers = List.of();
    private @Nullable SQLException duplicate;

    IndexWork(
            Connection session,
            LockView view,
            LockLimits limits,
            Timing timing,
            Interruption interruption,
            ProgressListener listener) {
        this.session = session;
        this.view = view;
        this.limits = limits;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
    }

    /** How it ended. */
    enum Ending {
        /** Nothing is left to do, or somebody was faster: the catalog says which. */
        DONE,
        /** Duplicate keys; what was built of the index is gone. */
        VIOLATED,
        DEADLINE,
        INTERRUPTED
    }

    /** Plans the step anew; empty when the plan is another one now. */
    @FunctionalInterface
    interface Planning {
        Optional<Step.Concurrent> again() throws SQLException;
    }

    LockReport report() {
        return new LockReport(
                tries,
                Duration.ofNanos(timing.nanoTime() - startedAt - workingNanos).toMillis(),
                0,
                delays.sessions(),
                Duration.ofNanos(delays.longestNanos()).toMillis(),
                Duration.ofNanos(delays.totalNanos()).toMillis());
    }

    List<Blocker> blockers() {
        return blockers;
    }

    /** What the server said of duplicate keys. */
    SQLException duplicate() {
        return Objects.requireNonNull(duplicate);
    }

    Ending run(Step.Concurrent step, Planning planning) throws SQLException {
        startedAt = timing.nanoTime();
        while (true) {
            if (interruption.requested()) {
                return Ending.INTERRUPTED;
            }
            if (timing.nanoTime() - startedAt - workingNanos > limits.deadline().toNanos()) {
                return Ending.DEADLINE;
            }
            tries++;
            if (alone(step)) {
                try {
                    if (clear(step)) {
                        Optional<Step.Concurrent> planned = planning.again();
                        if (planned.isEmpty() || planned.get().done()) {
                            return Ending.DONE;
                        }
                        switch (work(planned.get())) {
                            case DONE -> {
                                return Ending.DONE;
                            }
                            case VIOLATED -> {
                                return Ending.VIOLATED;
                            }
                            case CANCELLED -> {}
                        }
                    }
                } finally {
                    giveBack(step);
                }
            } else {
                // Another runner, or what the server still does for one that is gone.
                waitsFor(view.look(step.locks()).blockersOlderThan(Duration.ZERO));
            }
            timing.sleep(timing.jittered(PAUSE));
        }
    }

    /** Whether nobody holds a lock away; an autovacuum gives way to whoever waits for it. */
    private boolean clear(Step.Concurrent step) throws SQLException {
        // A stronger lock the statement takes at its end, after its own wait.
        LockView.Look look = view.look(step.locks().stream()
                .filter(lock -> lock.mode() == LockMode.SHARE_UPDATE_EXCLUSIVE)
                .toList());
        List<Blocker> inTheWay = look.blockersOlderThan(Duration.ZERO);
        if (inTheWay.isEmpty() || look.onlyYieldingAutovacuum()) {
            blockers = List.of();
            return true;
        }
        waitsFor(inTheWay);
        return false;
    }

    private void waitsFor(List<Blocker> inTheWay) {
        blockers = inTheWay;
        listener.progress(new PhaseProgress(
                Activity.WAITING_FOR_LOCK,
                report(),
                inTheWay,
                null,
                Duration.ofNanos(timing.nanoTime() - startedAt).toMillis()));
    }

    private enum Work {
        DONE,
        VIOLATED,
        CANCELLED
    }

    private Work work(Step.Concurrent step) throws SQLException {
        long workStartedAt = timing.nanoTime();
        ScanWatch watch = new ScanWatch(
                session, view, step.locks(), limits, timing, delays, interruption, worked -> tell(step, worked));
        try {
            execute("SET lock_timeout = 0");
            BuildMemory.raise(session, List.of(step.table()), false);
            for (String sql : step.statements()) {
                if (interruption.requested()) {
                    return Work.CANCELLED;
                }
                execute(sql);
            }
            return Work.DONE;
        } catch (SQLException e) {
            watch.over();
            return failed(step, e, watch.gaveWay());
        } finally {
            watch.over();
            workingNanos += timing.nanoTime() - workStartedAt;
            watch.join();
        }
    }

    private Work failed(Step.Concurrent step, SQLException e, boolean gaveWay) throws SQLException {
        switch (String.valueOf(e.getSQLState())) {
            case SqlStates.UNIQUE_VIOLATION -> {
                // Not valid it may refuse rows all the same.
                discard(step, e);
                duplicate = e;
                return Work.VIOLATED;
            }
            case SqlStates.QUERY_CANCELED -> {
                if (gaveWay || interruption.requested()) {
                    return Work.CANCELLED;
                }
            }
            case SqlStates.DEADLOCK_DETECTED -> {
                return Work.CANCELLED;
            }
            case SqlStates.DUPLICATE_RELATION, SqlStates.UNDEFINED_RELATION, SqlStates.UNDEFINED_OBJECT -> {
                return Work.DONE;
            }
            default -> {
                // What is left costs writers, and nobody may come to remove it.
                if (!session.isClosed()) {
                    discard(step, e);
                }
            }
        }
        throw e;
    }

    private void discard(Step.Concurrent step, SQLException cause) {
        if (step.discard() != null) {
            try {
                execute(step.discard());
            } catch (SQLException e) {
                // The next build begins with it.
                cause.addSuppressed(e);
            }
        }
    }

    private void tell(Step.Concurrent step, long workedNanos) throws SQLException {
        BuildView.Build build = view.build(step.table());
        blockers = build.waitsFor();
        listener.progress(new PhaseProgress(
                Activity.INDEXING,
                LockReport.NONE,
                build.waitsFor(),
                build.percent(),
                Duration.ofNanos(workedNanos).toMillis(),
                build.phase()));
    }

    /** Whether no other runner of Phaselock works on the table. Taken for the session: it works outside of transactions. */
    private boolean alone(Step.Concurrent step) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_catalog.pg_try_advisory_lock(" + Ticket.advisoryKey(step.table()) + ")")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private void giveBack(Step.Concurrent step) throws SQLException {
        if (!session.isClosed()) {
            execute("SELECT pg_catalog.pg_advisory_unlock(" + Ticket.advisoryKey(step.table()) + ")");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }
}
