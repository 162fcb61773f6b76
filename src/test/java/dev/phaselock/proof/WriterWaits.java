package dev.phaselock.proof;

import dev.phaselock.postgres.PgDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * How long writers wait behind a schema change: those of whom {@code pg_blocking_pids} says that a session of it blocks
 * them, by holding a lock or by standing before them in the queue. What a busy machine does to a write is not counted; what it
 * does to whoever looks is told as {@link #largestGap}.
 */
final class WriterWaits implements AutoCloseable {
    private static final String WAITING = """
            SELECT w.pid FROM pg_stat_activity w
            WHERE w.datname = current_database() AND w.application_name = '%s' AND w.wait_event_type = 'Lock'
              AND EXISTS (SELECT FROM pg_stat_activity p WHERE p.application_name LIKE 'phaselock/%%'
                          AND p.pid = ANY (pg_blocking_pids(w.pid)))""".formatted(Writers.APPLICATION);

    private final CompletableFuture<Void> work;
    private volatile boolean over;
    private volatile long longest;
    private volatile long largestGap;

    private WriterWaits(PgDatabase database) {
        this.work = CompletableFuture.runAsync(() -> watch(database), Thread::startVirtualThread);
    }

    static WriterWaits start(PgDatabase database) {
        return new WriterWaits(database);
    }

    /** From the first look that saw one to the last that saw it. */
    Duration longest() {
        return Duration.ofNanos(longest);
    }

    /** The longest between two looks. */
    Duration largestGap() {
        return Duration.ofNanos(largestGap);
    }

    private void watch(PgDatabase database) {
        Map<Integer, Long> since = new HashMap<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            long before = System.nanoTime();
            while (!over) {
                Map<Integer, Long> waiting = new HashMap<>();
                long now = System.nanoTime();
                try (ResultSet row = statement.executeQuery(WAITING)) {
                    while (row.next()) {
                        waiting.put(row.getInt(1), since.getOrDefault(row.getInt(1), now));
                    }
                }
                longest = Math.max(
                        longest,
                        now
                                - waiting.values().stream()
                                        .mapToLong(Long::longValue)
                                        .min()
                                        .orElse(now));
                largestGap = Math.max(largestGap, System.nanoTime() - before);
                before = System.nanoTime();
                since = waiting;
                LockSupport.parkNanos(3_000_000);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Looks no more. */
    @Override
    public void close() {
        over = true;
        work.join();
    }
}
