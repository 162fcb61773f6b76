package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A neighbour's session, which works in a thread of its own. */
final class Visit implements Neighbour {
    private static final long END_MILLIS = 60_000;

    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;
    private volatile SQLException failure;

    /** What it does. */
    @FunctionalInterface
    interface Work {
        void run(Statement statement, Visit visit) throws SQLException, InterruptedException;
    }

    private Visit(Connection connection, Work work) {
        this.thread = Thread.ofPlatform().name("neighbour").daemon().start(() -> run(connection, work));
    }

    /** Returns once the first statements are done. */
    static Visit begin(Database database, List<String> first, Work work) throws SQLException {
        Connection connection = DriverManager.getConnection(database.jdbcUrl() + "&ApplicationName=bench-neighbour");
        try (Statement statement = connection.createStatement()) {
            for (String each : first) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return new Visit(connection, work);
    }

    private void run(Connection connection, Work work) {
        try (connection;
                Statement statement = connection.createStatement()) {
            work.run(statement, this);
        } catch (SQLException e) {
            failure = e;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits, but no longer than until it is closed. */
    void rest(Duration length) throws InterruptedException {
        boolean _ = over.await(length.toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /**
     * Waits for the end of its work.
     *
     * @throws SQLException when that failed
     * @throws IllegalStateException when it does not end
     */
    @Override
    public void close() throws SQLException {
        over.countDown();
        try {
            thread.join(END_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new IllegalStateException("a neighbour does not end");
        }
        if (failure != null) {
            throw failure;
        }
    }
}
