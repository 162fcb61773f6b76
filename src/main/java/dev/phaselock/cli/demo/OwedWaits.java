package dev.phaselock.cli.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the server every few milliseconds which writers wait for a session of the schema change, by {@code
 * pg_blocking_pids}: what of a slow write is owed to it, and not to a busy machine.
 */
final class OwedWaits implements AutoCloseable {
    private static final long PAUSE_NANOS = 5_000_000;
    private static final String QUERY = """
            SELECT DISTINCT w.pid
            FROM pg_stat_activity w
            CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)
            JOIN pg_stat_activity d ON d.pid = b.pid
            WHERE w.wait_event_type = 'Lock' AND w.application_name LIKE 'shop-%' AND d.application_name LIKE ?
            """;

    private final Thread thread;
    private final Map<Integer, Long> since = new HashMap<>();
    private volatile boolean over;
    private long longestNanos;

    private OwedWaits(String url, String application) {
        this.thread = Thread.ofPlatform().name("owed-waits").daemon().start(() -> watch(url, application));
    }

    /** @param application a LIKE pattern for the application_name of the schema change's sessions */
    static OwedWaits start(String url, String application) {
        return new OwedWaits(url, application);
    }

    private void watch(String url, String application) {
        try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=demo-watch");
                PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, application);
            while (!over) {
                long now = System.nanoTime();
                Map<Integer, Long> still = new HashMap<>();
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        int pid = row.getInt(1);
                        long began = since.getOrDefault(pid, now);
                        still.put(pid, began);
                        longestNanos = Math.max(longestNanos, System.nanoTime() - began);
                    }
                }
                since.clear();
                since.putAll(still);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The longest wait that was seen; 0 when none was. */
    @Override
    public void close() {
        over = true;
        try {
            thread.join(10_000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    long longestMillis() {
        return longestNanos / 1_000_000;
    }
}
