package dev.phaselock.postgres;

import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Which locks a statement takes that runs outside of a transaction, and keeps none when it is over. Somebody writes to
 * each table meanwhile, and goes on only where the statement waits for him: so each of its transactions has to show itself
 * in {@code pg_locks}, with what it has and with what it asks for.
 */
final class ConcurrentTrial {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String SEEN = """
            SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = %d AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384""";

    private ConcurrentTrial() {}

    /** The strongest lock of each table that one of the statements had or asked for, those of writers and readers left out. */
    static Map<String, LockMode> locks(PgDatabase database, Connection session, List<String> statements)
            throws SQLException {
        Map<String, LockMode> seen = new TreeMap<>();
        for (String sql : statements) {
            watch(database, session, sql).forEach((table, mode) -> seen.merge(table, mode, ConcurrentTrial::stronger));
        }
        return seen;
    }

    private static Map<String, LockMode> watch(PgDatabase database, Connection session, String sql)
            throws SQLException {
        Map<String, LockMode> seen = new TreeMap<>();
        Map<Integer, Connection> writers = new HashMap<>();
        try (Connection watcher = database.connect()) {
            for (String table : database.query("SELECT oid::regclass::text FROM pg_class"
                    + " WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND oid >= 16384")) {
                Connection writer = database.connect();
                writers.put(pid(writer), writer);
                writer.setAutoCommit(false);
                execute(writer, "LOCK TABLE ONLY " + table + " IN ROW EXCLUSIVE MODE");
            }
            int pid = pid(session);
            CompletableFuture<Void> work =
                    CompletableFuture.runAsync(() -> execute(session, sql), Thread::startVirtualThread);
            long end = System.nanoTime() + LIMIT.toNanos();
            while (!work.isDone()) {
                look(watcher, pid, seen);
                for (String blocker : rows(watcher, "SELECT unnest(pg_blocking_pids(" + pid + "))")) {
                    Connection writer = writers.remove(Integer.valueOf(blocker));
                    if (writer != null) {
                        // It waits for this one, with all that it has and asks for: looked at again, for it may wait
                        // since.
                        look(watcher, pid, seen);
                        writer.close();
                    }
                }
                if (System.nanoTime() > end) {
                    throw new AssertionError("not done within " + LIMIT + ": " + sql);
                }
                LockSupport.parkNanos(1_000_000);
            }
            try {
                work.join();
            } catch (CompletionException e) {
                throw new IllegalStateException(sql, e.getCause());
            }
            return seen;
        } finally {
            for (Connection writer : writers.values()) {
                writer.close();
            }
        }
    }

    private static void look(Connection watcher, int pid, Map<String, LockMode> seen) throws SQLException {
        try (Statement statement = watcher.createStatement();
                ResultSet row = statement.executeQuery(SEEN.formatted(pid))) {
            while (row.next()) {
                LockMode mode = LockMode.ofPgLocksName(row.getString(2));
                if (mode.compareTo(LockMode.SHARE_UPDATE_EXCLUSIVE) >= 0) {
                    seen.merge(row.getString(1), mode, ConcurrentTrial::stronger);
                }
            }
        }
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }

    private static int pid(Connection connection) throws SQLException {
        return Integer.parseInt(rows(connection, "SELECT pg_backend_pid()").getFirst());
    }

    private static void execute(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static LockMode stronger(LockMode one, LockMode other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
