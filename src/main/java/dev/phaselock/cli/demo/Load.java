package dev.phaselock.cli.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The shop's application: writers that update an order or a customer, pause for 2 ms, and note how long each write took.
 * A write that fails is thrown at {@link #close}: a demonstration that breaks the application has failed.
 */
final class Load implements AutoCloseable {
    private static final long PAUSE_NANOS = 2_000_000;

    private final ConcurrentLinkedQueue<Write> writes = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<SQLException> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    /** One write: when it began, and how long it took; nanoseconds of {@link System#nanoTime}. */
    record Write(long startedAt, long nanos) {}

    private Load() {}

    /**
     * @param url JDBC, with user and password
     * @param orders how many orders there are
     */
    static Load start(String url, int writers, int orders, int customers) {
        Load load = new Load();
        for (int i = 0; i < writers; i++) {
            int number = i;
            load.threads.add(Thread.ofPlatform()
                    .name("writer-" + i)
                    .daemon()
                    .start(() -> load.write(url, number, orders, customers)));
        }
        return load;
    }

    private void write(String url, int number, int orders, int customers) {
        SplittableRandom random = new SplittableRandom(number);
        try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=shop-" + number);
                PreparedStatement order =
                        connection.prepareStatement("UPDATE orders SET total = total + 1 WHERE id = ?");
                PreparedStatement customer =
                        connection.prepareStatement("UPDATE customers SET orders = orders + 1 WHERE id = ?")) {
            while (!over) {
                boolean ofOrders = random.nextInt(3) != 0;
                PreparedStatement statement = ofOrders ? order : customer;
                // The long transaction has the first rows: only the table's lock shall be able to collide.
                statement.setInt(1, 1000 + random.nextInt((ofOrders ? orders : customers) - 1000));
                long startedAt = System.nanoTime();
                statement.executeUpdate();
                writes.add(new Write(startedAt, System.nanoTime() - startedAt));
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (SQLException e) {
            if (!over) {
                failures.add(e);
            }
        }
    }

    /** The writes that began within a window. */
    List<Write> between(long from, long to) {
        return writes.stream()
                .filter(write -> write.startedAt() >= from && write.startedAt() < to)
                .toList();
    }

    @Override
    public void close() throws SQLException {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join(10_000);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        if (!failures.isEmpty()) {
            throw failures.peek();
        }
    }
}
