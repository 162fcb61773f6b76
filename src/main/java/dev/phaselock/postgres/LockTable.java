package dev.phaselock.postgres;

import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads who holds and who waits for locks on relations, from {@code pg_locks}: fast-path locks and prepared transactions
 * too. Waits for nothing and locks nothing itself.
 *
 * <p>A role without {@code pg_monitor} does not see other sessions' backend type, but their user: of the processes that
 * lock relations only an autovacuum worker has none ({@code pgstat_bestart} in PostgreSQL's backend_status.c). Whether it
 * prevents wraparound stays hidden from such a role.
 *
 * <p>What a parallel worker holds, its leader holds too (README.parallel in PostgreSQL's src/backend/access/transam): only
 * the leader is told, where the role may see which of them is which.
 */
public final class LockTable {
    /** {@code pg_locks.waitstart} exists from here on. */
    private static final int WAITSTART_SINCE = 140_000;

    private static final String QUERY = """
            SELECT l.pid, l.virtualtransaction, l.relation, l.mode, l.granted,
                   floor(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, x.prepared)) * 1000),
                   floor(extract(epoch FROM pg_catalog.clock_timestamp() - %s) * 1000),
                   coalesce(a.application_name, ''),
                   CASE WHEN l.pid IS NULL THEN 'prepared' ELSE a.state END,
                   CASE WHEN a.backend_type IS NULL AND a.usesysid IS NULL AND a.pid IS NOT NULL
                        THEN 'autovacuum worker' ELSE a.backend_type END,
                   pg_catalog.host(a.client_addr),
                   coalesce(a.query LIKE 'autovacuum:%%(to prevent wraparound)', false)
            FROM pg_catalog.pg_locks l
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            LEFT JOIN pg_catalog.pg_prepared_xacts x
                   ON l.pid IS NULL AND l.virtualtransaction = '-1/' || x.transaction::pg_catalog.text
            WHERE l.locktype = 'relation' AND l.mode <> 'SIReadLock'
              AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
              AND l.relation = ANY (?::pg_catalog.oid[])
              AND l.pid IS DISTINCT FROM ?
              AND NOT (l.granted AND a.backend_type IS NOT DISTINCT FROM 'parallel worker')
            """;

    private final Connection connection;
    private final String query;

    /**
     * @param connection one that is used by nobody else at the same time, and not the one that takes the locks
     */
    public LockTable(Connection connection) throws SQLException {
        this.connection = connection;
        boolean waitstart = serverVersion(connection) >= WAITSTART_SINCE;
        this.query = QUERY.formatted(waitstart ? "l.waitstart" : "NULL::pg_catalog.timestamptz");
    }

    private static int serverVersion(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SHOW server_version_num")) {
            result.next();
            return Integer.parseInt(result.getString(1));
        }
    }

    /**
     * All entries for the relations, but those of one session.
     *
     * @param relations oids
     * @param exceptPid the session that is left out, ours
     */
    public List<Entry> read(Collection<Long> relations, int exceptPid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setArray(1, connection.createArrayOf("int8", relations.toArray()));
            statement.setInt(2, exceptPid);
            try (ResultSet row = statement.executeQuery()) {
                List<Entry> entries = new ArrayList<>();
                while (row.next()) {
                    entries.add(new Entry(
                            row.getObject(1) == null ? null : row.getInt(1),
                            row.getString(2),
                            row.getLong(3),
                            LockMode.ofPgLocksName(row.getString(4)),
                            row.getBoolean(5),
                            nullableLong(row, 6),
                            nullableLong(row, 7),
                            row.getString(8),
                            row.getString(9),
                            row.getString(10),
                            row.getString(11),
                            row.getBoolean(12)));
                }
                return entries;
            }
        }
    }

    private static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    /**
     * A held or wanted lock.
     *
     * @param pid null for a prepared transaction
     * @param transaction the virtual transaction, unique together with the pid while it lasts
     * @param relation its oid
     * @param granted held, or else waited for
     * @param ageMillis the age of its transaction; null where this role may not see it
     * @param waitMillis for how long it waits; null when it does not, or before PostgreSQL 14
     * @param state as in {@code pg_stat_activity}; {@code prepared}; null where this role may not see it
     * @param backendType as in {@code pg_stat_activity}; null where this role may not see it
     * @param client its address; null for a local or an unseen one
     * @param wraparound an autovacuum that prevents wraparound: it never gives way
     */
    public record Entry(
            @Nullable Integer pid,
            String transaction,
            long relation,
            LockMode mode,
            boolean granted,
            @Nullable Long ageMillis,
            @Nullable Long waitMillis,
            String application,
            @Nullable String state,
            @Nullable String backendType,
            @Nullable String client,
            boolean wraparound) {

        /** An autovacuum that gives way to whoever waits for longer than {@code deadlock_timeout}. */
        public boolean yieldsToWaiters() {
            return "autovacuum worker".equals(backendType) && !wraparound;
        }
    }
}
