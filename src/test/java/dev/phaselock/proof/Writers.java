package dev.phaselock.proof;

import dev.phaselock.postgres.PgDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Sessions that write to the tables of a database in short transactions which overlap, and one that has written to all of
 * them and does not end for a while: a plain statement would have to wait for it, and they behind that.
 */
final class Writers implements AutoCloseable {
    static final String APPLICATION = "proof-writer";

    private static final int COUNT = 3;

    /** A table or column that is gone, as the change has it. */
    private static final Set<String> GONE = Set.of("42P01", "42703");

    private final PgDatabase database;
    private final List<CompletableFuture<Void>> atWork = new ArrayList<>();
    private final Queue<SQLException> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger writes = new AtomicInteger();
    private volatile boolean over;

    private Writers(PgDatabase database) {
        this.database = database;
    }

    /** @param longest how long the transaction lasts that does not end for a while, from now on */
    static Writers start(PgDatabase database, Duration longest) throws SQLException {
        Writers writers = new Writers(database);
        List<String> tables = database.query("SELECT oid::regclass::text FROM pg_class"
                + " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1");
        Connection slow = writers.connect();
        slow.setAutoCommit(false);
        try (Statement statement = slow.createStatement()) {
            for (String table : tables) {
                statement.execute(write(table));
            }
        }
        writers.start(() -> {
            try (slow) {
                LockSupport.parkNanos(longest.toNanos());
                slow.rollback();
            } catch (SQLException e) {
                writers.failures.add(e);
            }
        });
        for (int i = 0; i < COUNT; i++) {
            writers.start(() -> writers.work(tables));
        }
        return writers;
    }

    private void start(Runnable work) {
        atWork.add(CompletableFuture.runAsync(work, Thread::startVirtualThread));
    }

    private Connection connect() throws SQLException {
        Connection connection = database.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET application_name = '" + APPLICATION + "'");
        }
        return connection;
    }

    /** With the lock of every write, and no row in anybody's way. */
    private static String write(String table) {
        return "DELETE FROM " + table + " WHERE false";
    }

    private void work(List<String> tables) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!over) {
                try {
                    statement.execute(write(tables.get(random.nextInt(tables.size()))));
                    LockSupport.parkNanos(random.nextLong(2_000_000, 15_000_000));
                    connection.commit();
                    writes.incrementAndGet();
                } catch (SQLException e) {
                    if (!GONE.contains(e.getSQLState())) {
                        throw e;
                    }
                    connection.rollback();
                }
                LockSupport.parkNanos(random.nextLong(5_000_000));
            }
        } catch (SQLException e) {
            failures.add(e);
        }
    }

    /** How many there were so far. */
    int writes() {
        return writes.get();
    }

    /** Ends them. */
    @Override
    public void close() {
        over = true;
        atWork.forEach(CompletableFuture::join);
        if (!failures.isEmpty()) {
            throw new IllegalStateException("a writer failed", failures.peek());
        }
    }
}
