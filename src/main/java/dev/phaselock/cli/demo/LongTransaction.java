package dev.phaselock.cli.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** Somebody's nightly import: it writes one order and takes its time to commit. */
final class LongTransaction {
    static final String APPLICATION = "nightly-import";

    private LongTransaction() {}

    /** Begins now; the returned future ends with its commit. */
    static CompletableFuture<Void> start(String url, Duration length) throws SQLException {
        Connection connection = DriverManager.getConnection(url + "&ApplicationName=" + APPLICATION);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE orders SET total = total + 1 WHERE id = 1");
        }
        return CompletableFuture.runAsync(() -> {
            LockSupport.parkNanos(length.toNanos());
            try (connection) {
                connection.commit();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
