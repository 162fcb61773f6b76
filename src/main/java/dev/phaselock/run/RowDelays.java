package dev.phaselock.run;

import dev.phaselock.postgres.ServerProcess;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures who waits for rows that a batch of a {@link Backfill} has written, from a second session: who waits for the end
 * of its transaction, and who queues behind one of those for the same row. When the look itself fails, the measurement ends
 * and the batches go on.
 */
final class RowDelays {
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** {@code pg_locks.waitstart} exists from here on. */
    private static final int WAITSTART_SINCE = 14;

    private static final String QUERY = """
            WITH l AS MATERIALIZED (
              SELECT locktype, pid, granted, transactionid, relation, page, tuple,
                     floor(extract(epoch FROM pg_catalog.clock_timestamp() - %s) * 1000)::pg_catalog.int8 AS waited
              FROM pg_catalog.pg_locks WHERE locktype IN ('transactionid', 'tuple')),
            first AS (
              SELECT w.pid, w.waited FROM l AS w JOIN l AS ours ON ours.transactionid = w.transactionid
              WHERE NOT w.granted AND ours.granted AND ours.pid = ?)
            SELECT pid, waited FROM first
            UNION
            SELECT w.pid, w.waited FROM l AS w
            JOIN l AS h ON (h.relation, h.page, h.tuple) = (w.relation, w.page, w.tuple)
            JOIN first ON first.pid = h.pid
            WHERE w.locktype = 'tuple' AND h.locktype = 'tuple' AND NOT w.granted AND h.granted""";

    private final Connection watcher;
    private final int pid;
    private final DelayMeter delays;
    private final Timing timing;
    private final String query;
    private volatile boolean failed;

    /**
     * @param watcher used by nobody else meanwhile
     * @param session the one that writes
     */
    RowDelays(Connection watcher, Connection session, DelayMeter delays, Timing timing) throws SQLException {
        this.watcher = watcher;
        this.delays = delays;
        this.timing = timing;
        this.query = QUERY.formatted(
                watcher.getMetaData().getDatabaseMajorVersion() >= WAITSTART_SINCE
                        ? "waitstart"
                        : "NULL::pg_catalog.timestamptz");
        this.pid = ServerProcess.pid(session);
    }

    /** Looks every few milliseconds, until it is closed. */
    final class Watch implements AutoCloseable {
        private final Thread thread;
        private volatile boolean over;

        private Watch(long batchStartedAt) {
            this.thread = RunnerThreads.start(() -> {
                // A batch that is done sooner delays nobody for longer.
                timing.sleep(PAUSE);
                while (!over && !failed) {
                    try {
                        List<DelayMeter.Waiting> waiting = look();
                        synchronized (delays) {
                            if (!over) {
                                delays.sawWaiting(timing.nanoTime(), waiting, batchStartedAt);
                            }
                        }
                    } catch (SQLException _) {
                        failed = true;
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
            LockSupport.unpark(thread);
            try {
                thread.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Begins to look. */
    Watch watch() {
        return new Watch(timing.nanoTime());
    }

    private List<DelayMeter.Waiting> look() throws SQLException {
        try (PreparedStatement statement = watcher.prepareStatement(query)) {
            statement.setInt(1, pid);
            try (ResultSet row = statement.executeQuery()) {
                List<DelayMeter.Waiting> waiting = new ArrayList<>();
                while (row.next()) {
                    long waited = row.getLong(2);
                    waiting.add(new DelayMeter.Waiting(row.getInt(1), row.wasNull() ? null : waited));
                }
                return waiting;
            }
        }
    }
}
