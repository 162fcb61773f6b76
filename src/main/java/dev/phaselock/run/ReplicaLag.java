package dev.phaselock.run;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * How far streaming standbys are behind, in time: since when the log of writes has been there that the furthest behind has
 * not replayed. Measured here, for {@code pg_stat_replication.replay_lag} stands still while a standby does, and is null
 * where nothing is written.
 *
 * <p>Consumers of logical replication do not count: they confirm when they like, and some never what does not concern
 * them. Nor do those that this role may not see (without {@code pg_monitor} all of them), and of a server that does not
 * say, none.
 */
final class ReplicaLag {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private static final String QUERY = """
            SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::pg_catalog.int8 AS written,
                   (SELECT pg_catalog.pg_wal_lsn_diff(min(r.replay_lsn), '0/0')::pg_catalog.int8
                    FROM pg_catalog.pg_stat_replication AS r
                    WHERE r.state = 'streaming' AND r.replay_lsn IS NOT NULL
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots AS s
                                      WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) AS replayed""";

    private final Connection session;
    private final Duration limit;
    private final Timing timing;
    private final Deque<Written> written = new ArrayDeque<>();
    private boolean told = true;
    private long lookedAt;
    private Optional<Duration> behind = Optional.empty();

    /** How far the log of writes was at a time, bytes and nanoseconds. */
    private record Written(long at, long position) {}

    /**
     * @param limit the lag that is too much; zero to look at none
     */
    ReplicaLag(Connection session, Duration limit, Timing timing) {
        this.session = session;
        this.limit = limit;
        this.timing = timing;
        this.lookedAt = timing.nanoTime() - LOOK_EVERY.toNanos();
    }

    /** How far the furthest is behind, where that is more than the limit. */
    Optional<Duration> tooMuch() throws SQLException {
        if (limit.isZero() || !told) {
            return Optional.empty();
        }
        long now = timing.nanoTime();
        if (now - lookedAt >= LOOK_EVERY.toNanos()) {
            lookedAt = now;
            behind = look(now).filter(lag -> lag.compareTo(limit) > 0);
        }
        return behind;
    }

    private Optional<Duration> look(long now) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            long position = row.getLong("written");
            long replayed = row.getLong("replayed");
            if (row.wasNull()) {
                written.clear();
                return Optional.empty();
            }
            written.addLast(new Written(now, position));
            while (!written.isEmpty() && written.getFirst().position() <= replayed) {
                written.removeFirst();
            }
            return Optional.of(
                    written.isEmpty()
                            ? Duration.ZERO
                            : Duration.ofNanos(now - written.getFirst().at()));
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (session.isClosed() || state.startsWith("08") || state.startsWith("57")) {
                throw e;
            }
            // A server that is PostgreSQL by its protocol alone.
            told = false;
            return Optional.empty();
        }
    }
}
