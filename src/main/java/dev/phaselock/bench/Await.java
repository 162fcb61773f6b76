package dev.phaselock.bench;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Waits for something that is seen in a server's views. */
final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private Await() {}

    /**
     * Until a query has a row.
     *
     * @param otherwise what is the matter when it has none for a minute
     * @throws IllegalStateException with that text
     */
    static void row(Statement statement, String query, String otherwise) throws SQLException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!hasRow(statement, query)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(otherwise);
            }
            Pause.of(PAUSE);
        }
    }

    private static boolean hasRow(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next();
        }
    }
}
