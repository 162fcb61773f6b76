package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/** Plays a policy's tries: {@code SET lock_timeout}, the statement, and a pause when it was not to be had. */
final class PlayedPolicy {
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String QUERY_CANCELED = "57014";

    private PlayedPolicy() {}

    /**
     * Plays it until it has the lock, gives up, or the window is over.
     *
     * @param url JDBC, with user and password
     * @param lead how long it waits before its first try
     * @param window for how long at most it tries
     * @param seed of its jitter
     */
    static Ending run(String url, Tries tries, String sql, Duration lead, Duration window, long seed)
            throws SQLException {
        SplittableRandom random = new SplittableRandom(seed);
        try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=" + AttributedWaits.POLICY);
                Statement statement = connection.createStatement()) {
            Pause.of(lead);
            long startedAt = System.nanoTime();
            long end = startedAt + window.toNanos();
            for (int number = 1; ; number++) {
                Optional<LockTry> next = tries.number(number, random::nextDouble);
                if (next.isEmpty()) {
                    return Ending.never(
                            number - 1, "gave up after " + (System.nanoTime() - startedAt) / 1_000_000 + " ms");
                }
                long left = Math.max(1, (end - System.nanoTime()) / 1_000_000);
                try {
                    statement.execute("SET lock_timeout = "
                            + next.get().lockTimeout().toMillis() + "; SET statement_timeout = " + left);
                    statement.execute(sql);
                    return Ending.acquired((System.nanoTime() - startedAt) / 1e6, number);
                } catch (SQLException e) {
                    // The window's own end; no policy here has a statement_timeout below it.
                    if (QUERY_CANCELED.equals(e.getSQLState())) {
                        return Ending.never(number, "not within the window");
                    }
                    if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                        return Ending.never(number, "failed with SQLSTATE " + e.getSQLState());
                    }
                }
                Pause.until(Math.min(System.nanoTime() + next.get().pause().toNanos(), end));
                if (System.nanoTime() >= end) {
                    return Ending.never(number, "not within the window");
                }
            }
        }
    }
}
