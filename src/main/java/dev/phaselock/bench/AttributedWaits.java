package dev.phaselock.bench;

import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Which sessions of the application wait for a session of the policy, from a session of its own: by {@code
 * pg_blocking_pids}, which names those that hold a conflicting lock and those that stand before them in the queue, and
 * since when by {@code pg_locks.waitstart} (PostgreSQL 14; on 13 from when it was first seen). So what a busy machine does
 * to a write is told from what the schema change does to it. It looks every few milliseconds, and asks for blockers only
 * where somebody waits.
 */
final class AttributedWaits implements AutoCloseable {
    /** Each session of a policy that is not Phaselock begins with it. */
    static final String POLICY = "bench-policy";

    /** Each of Phaselock's; those of another Phaselock are a neighbour's. */
    private static final String PHASELOCK = "phaselock/" + PhaselockPolicy.CHANGE + "/";

    private static final long PAUSE_NANOS = 3_000_000;
    private static final String SESSIONS = """
            SELECT pid, wait_event_type = 'Lock' AND application_name LIKE '%s%%' AS waits,
              application_name LIKE '%s%%' OR application_name LIKE '%s%%' AS of_policy
            FROM pg_stat_activity
            WHERE application_name LIKE 'bench-%%' AND wait_event_type = 'Lock'
              OR application_name LIKE '%s%%' OR application_name LIKE '%s%%'
            """.formatted(Load.APPLICATION, POLICY, PHASELOCK, POLICY, PHASELOCK);
    private static final String WAITS = """
            SELECT w.pid, %s
            FROM unnest(?) AS w (pid)
            WHERE pg_blocking_pids(w.pid) && ?
            """;
    private static final String SINCE = "(SELECT extract(epoch FROM clock_timestamp() - min(l.waitstart)) * 1000"
            + " FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted)";

    private final Thread thread;
    private final WaitLog log = new WaitLog();
    private final List<Long> looks = new ArrayList<>();
    private volatile boolean over;
    private volatile SQLException failure;

    private AttributedWaits(String url) {
        this.thread = Thread.ofPlatform().name("attributed-waits").daemon().start(() -> watch(url));
    }

    /** @param url JDBC, with user and password, of a role that sees all sessions */
    static AttributedWaits start(String url) {
        return new AttributedWaits(url);
    }

    private void watch(String url) {
        try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=bench-watch")) {
            String since = connection.getMetaData().getDatabaseMajorVersion() >= 14 ? SINCE : "NULL::float8";
            try (PreparedStatement sessions = connection.prepareStatement(SESSIONS);
                    PreparedStatement waits = connection.prepareStatement(WAITS.formatted(since))) {
                while (!over) {
                    long lookedAt = System.nanoTime();
                    looks.add(lookedAt);
                    look(connection, sessions, waits, lookedAt);
                    LockSupport.parkNanos(Math.max(PAUSE_NANOS, 2 * (System.nanoTime() - lookedAt)));
                }
            }
            log.end();
        } catch (SQLException e) {
            failure = e;
        }
    }

    private void look(Connection connection, PreparedStatement sessions, PreparedStatement waits, long now)
            throws SQLException {
        List<Integer> waiting = new ArrayList<>();
        List<Integer> ofPolicy = new ArrayList<>();
        try (ResultSet row = sessions.executeQuery()) {
            while (row.next()) {
                if (row.getBoolean("waits")) {
                    waiting.add(row.getInt("pid"));
                }
                if (row.getBoolean("of_policy")) {
                    ofPolicy.add(row.getInt("pid"));
                }
            }
        }
        Map<Integer, Long> since = new HashMap<>();
        if (!waiting.isEmpty() && !ofPolicy.isEmpty()) {
            waits.setArray(1, array(connection, waiting));
            waits.setArray(2, array(connection, ofPolicy));
            try (ResultSet row = waits.executeQuery()) {
                long seenAt = System.nanoTime();
                while (row.next()) {
                    double millis = row.getDouble(2);
                    since.put(row.getInt(1), row.wasNull() ? now : seenAt - (long) (millis * 1e6));
                }
                log.saw(seenAt, since);
                return;
            }
        }
        log.saw(System.nanoTime(), since);
    }

    private static Array array(Connection connection, List<Integer> pids) throws SQLException {
        return connection.createArrayOf("int4", pids.toArray());
    }

    /**
     * Ends it.
     *
     * @throws SQLException when it could not look until now
     */
    @Override
    public void close() throws SQLException {
        over = true;
        try {
            thread.join(10_000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** What was seen. To be called once it is closed. */
    Seen seen() {
        List<Double> pauses = new ArrayList<>();
        for (int i = 1; i < looks.size(); i++) {
            pauses.add((looks.get(i) - looks.get(i - 1)) / 1e6);
        }
        return new Seen(
                log.waits(),
                log.longestNanos() / 1e6,
                log.totalNanos() / 1e6,
                pauses.isEmpty() ? 0 : Statistics.of(pauses).median(),
                pauses.isEmpty() ? 0 : Statistics.of(pauses).most());
    }

    /**
     * The waits for the policy's sessions.
     *
     * @param waits how many
     * @param longestMillis the longest
     * @param sumMillis all of them together
     * @param lookEveryMillis the median time between two looks: a wait may have been longer by that much
     * @param longestPauseMillis the longest time between two looks
     */
    record Seen(int waits, double longestMillis, double sumMillis, double lookEveryMillis, double longestPauseMillis) {}
}
