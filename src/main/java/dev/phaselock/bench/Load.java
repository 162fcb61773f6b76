package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The application at work: the sessions of a {@link LoadShape}, each noting how long its writes took. The lengths of the
 * long transactions follow from the seed, so that each policy meets the same ones. A write that fails is counted by its
 * SQLSTATE, and its session goes on.
 */
final class Load implements AutoCloseable {
    /** Each session's {@code application_name} begins with it. */
    static final String APPLICATION = "bench-load";

    /** The first rows are those of the long transactions. */
    static final int OWN_ROWS = 1000;

    private static final int FIRST_PAIR = 600;
    private static final Duration PAIR_REST = Duration.ofMillis(5);
    private static final Duration SHORTEST_TRANSACTION = Duration.ofMillis(200);
    private static final Duration MEAN_REST = Duration.ofSeconds(1);
    private static final int START_SECONDS = 60;
    private static final int END_MILLIS = 60_000;

    private final Database database;
    private final LoadShape shape;
    private final Tables.Sizes sizes;
    private final long seed;
    private final List<Thread> threads = new ArrayList<>();
    private final List<WriteLog> logs = new ArrayList<>();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final CountDownLatch connected;
    private final CountDownLatch begin = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);

    private Load(Database database, LoadShape shape, Tables.Sizes sizes, long seed) {
        this.database = database;
        this.shape = shape;
        this.sizes = sizes;
        this.seed = seed;
        this.connected = new CountDownLatch(shape.sessions());
    }

    /** Starts it; returns once all sessions are connected and have begun together. */
    static Load start(Database database, LoadShape shape, Tables.Sizes sizes, long seed) throws InterruptedException {
        Load load = new Load(database, shape, sizes, seed);
        try {
            for (int i = 0; i < shape.writers(); i++) {
                load.session("writer", i, load::write);
            }
            for (int i = 0; i < shape.longWriters(); i++) {
                load.session("long-writer", i, load::writeLong);
            }
            for (int i = 0; i < shape.longReaders(); i++) {
                load.session("long-reader", i, load::readLong);
            }
            for (int i = 0; i < shape.pairWriters(); i++) {
                load.session("pair-writer", i, load::writePairs);
            }
            if (shape.standbyReaders() > 0) {
                String standby = Objects.requireNonNull(database.standby());
                for (int i = 0; i < shape.standbyReaders(); i++) {
                    load.session(standby, "standby-reader", i, load::read);
                }
                load.session(standby, "standby-long-reader", 0, load::readLong);
            }
            if (!shape.idle().isZero()) {
                load.session("idle", 0, load::idle);
            }
            if (!load.connected.await(START_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the application's sessions do not connect: " + load.failures);
            }
            load.begin.countDown();
            return load;
        } catch (InterruptedException | RuntimeException e) {
            load.close();
            throw e;
        }
    }

    private interface Work {
        void run(Connection connection, int number, WriteLog log) throws SQLException, InterruptedException;
    }

    private void session(String kind, int number, Work work) {
        session(database.application(), kind, number, work);
    }

    private void session(String url, String kind, int number, Work work) {
        WriteLog log = new WriteLog();
        logs.add(log);
        String name = APPLICATION + "-" + kind + "-" + number;
        threads.add(Thread.ofPlatform().name(name).daemon().start(() -> {
            try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=" + name)) {
                connected.countDown();
                begin.await();
                work.run(connection, number, log);
            } catch (SQLException e) {
                failed(e);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private void write(Connection connection, int number, WriteLog log) throws SQLException {
        SplittableRandom random = new SplittableRandom(seed * 1000 + number);
        try (PreparedStatement order = connection.prepareStatement("UPDATE orders SET total = total + 1 WHERE id = ?");
                PreparedStatement customer =
                        connection.prepareStatement("UPDATE customers SET orders = orders + 1 WHERE id = ?")) {
            while (!isOver()) {
                boolean ofOrders = random.nextInt(3) != 0;
                PreparedStatement statement = ofOrders ? order : customer;
                int rows = ofOrders ? sizes.orders() : sizes.customers();
                statement.setInt(1, OWN_ROWS + 1 + random.nextInt(rows - OWN_ROWS));
                timed(statement, log);
                if (!shape.pause().isZero()) {
                    LockSupport.parkNanos(shape.pause().toNanos());
                }
            }
        }
    }

    /** A write that fails took its time, too. */
    private void timed(PreparedStatement statement, WriteLog log) throws SQLException {
        long startedAt = System.nanoTime();
        try {
            boolean _ = statement.execute();
        } catch (SQLException e) {
            Connection connection = statement.getConnection();
            if (connection.isClosed()) {
                throw e;
            }
            failed(e);
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        }
        log.add(startedAt, System.nanoTime() - startedAt);
    }

    private void writeLong(Connection connection, int number, WriteLog log) throws SQLException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed * 1000 + 500 + number);
        connection.setAutoCommit(false);
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE orders SET total = total + 1 WHERE id = ?")) {
            statement.setInt(1, 1 + number);
            while (!isOver()) {
                timed(statement, log);
                rest(length(random));
                connection.commit();
                rest(shape.gap());
            }
        }
    }

    /** What meets one that locks the tables in the other order. */
    private void writePairs(Connection connection, int number, WriteLog log) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        try (PreparedStatement customer =
                        connection.prepareStatement("UPDATE customers SET orders = orders + 1 WHERE id = ?");
                PreparedStatement order =
                        connection.prepareStatement("UPDATE orders SET total = total + 1 WHERE id = ?")) {
            customer.setInt(1, FIRST_PAIR + number);
            order.setInt(1, FIRST_PAIR + number);
            while (!isOver()) {
                timed(customer, log);
                rest(PAIR_REST);
                timed(order, log);
                connection.commit();
                rest(PAIR_REST);
            }
        }
    }

    /** Counts as a write: it is what the application of a standby feels. */
    private void read(Connection connection, int number, WriteLog log) throws SQLException {
        SplittableRandom random = new SplittableRandom(seed * 1000 + 900 + number);
        try (PreparedStatement statement = connection.prepareStatement("SELECT total FROM orders WHERE id = ?")) {
            while (!isOver()) {
                statement.setInt(1, 1 + random.nextInt(sizes.orders()));
                timed(statement, log);
                LockSupport.parkNanos(shape.pause().toNanos());
            }
        }
    }

    private void readLong(Connection connection, int number, WriteLog log) throws SQLException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed * 1000 + 700 + number);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            while (!isOver()) {
                statement.execute("SELECT total FROM orders WHERE id = " + (1 + number));
                rest(length(random));
                connection.commit();
                rest(shape.gap());
            }
        }
    }

    private void idle(Connection connection, int number, WriteLog log) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE orders SET total = total + 1 WHERE id = ?")) {
            statement.setInt(1, 900 + number);
            timed(statement, log);
            rest(shape.idle());
            connection.commit();
        }
    }

    /** Of a long transaction. */
    private static Duration length(SplittableRandom random) {
        return SHORTEST_TRANSACTION.plusNanos((long) (-Math.log(1 - random.nextDouble()) * MEAN_REST.toNanos()));
    }

    private void rest(Duration length) throws InterruptedException {
        // True when it ends early because all is over.
        boolean _ = over.await(length.toNanos(), TimeUnit.NANOSECONDS);
    }

    private boolean isOver() {
        return over.getCount() == 0;
    }

    private void failed(SQLException e) {
        failures.merge(String.valueOf(e.getSQLState()), 1, Integer::sum);
    }

    /** Those that went on within a window. To be called once it is closed. */
    List<Write> between(long from, long to) {
        return logs.stream()
                .flatMap(WriteLog::writes)
                .filter(write -> write.overlaps(from, to))
                .toList();
    }

    /** Writes that failed, by SQLSTATE. To be called once it is closed. */
    Map<String, Integer> failures() {
        return new TreeMap<>(failures);
    }

    /** Ends all sessions and waits for it. */
    @Override
    public void close() {
        over.countDown();
        begin.countDown();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(END_MILLIS);
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Stream<Thread> alive = threads.stream().filter(Thread::isAlive);
        alive.findFirst().ifPresent(thread -> {
            throw new IllegalStateException(thread.getName() + " does not end");
        });
    }
}
