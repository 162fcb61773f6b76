package dev.phaselock.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Cancels a statement or terminates a session, where that is allowed: whether it is, is looked at in the very statement
 * that does it, so that a process id that belongs to somebody else by now is left alone.
 */
public final class BlockerSignal {
    /** Programs that copy a database begin their {@code application_name} like this, unless they are told otherwise. */
    private static final String BACKUPS = "^(pg_dump|pg_restore|pg_basebackup|pgbackrest|barman|wal-g|wal-e|wal_e)";

    private static final String QUERY = """
            WITH session AS MATERIALIZED (
              SELECT a.pid,
                     CASE WHEN a.backend_type <> 'client backend' THEN 'it is a process of the server: ' || a.backend_type
                          WHEN r.rolsuper THEN 'it is a superuser''s'
                          WHEN r.rolreplication THEN 'its role may replicate'
                          WHEN a.application_name ~* ? THEN 'it is a backup''s'
                          WHEN a.application_name LIKE 'phaselock%%' THEN 'it is Phaselock''s own'
                          WHEN a.xact_start IS NULL THEN 'its age is not seen without pg_monitor'
                          WHEN a.xact_start > pg_catalog.clock_timestamp() - ? * interval '1 millisecond' THEN ''
                          WHEN NOT ? AND a.state <> 'active' THEN 'it runs no statement that could be cancelled'
                     END AS spared
              FROM pg_catalog.pg_stat_activity a
              LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
              WHERE a.pid = ? AND a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid())
            SELECT spared, CASE WHEN spared IS NULL THEN %s(pid) END FROM session
            """;

    private final Connection connection;

    /**
     * @param connection one that is used by nobody else at the same time, in autocommit mode
     */
    public BlockerSignal(Connection connection) {
        this.connection = connection;
    }

    /** What came of it. */
    public sealed interface Answer {
        /** It was sent. */
        record Sent() implements Answer {}

        /** It is not due, or the session is gone. */
        record NotDue() implements Answer {}

        /** It is not to be ended; why, in a few words. */
        record Spared(String why) implements Answer {}
    }

    /**
     * Ends what a session does, if its transaction is old enough and it is nobody who is never ended.
     *
     * @param terminate the session, or else cancel its statement
     * @param after how old its transaction has to be
     */
    public Answer send(int pid, boolean terminate, Duration after) throws SQLException {
        String function = terminate ? "pg_catalog.pg_terminate_backend" : "pg_catalog.pg_cancel_backend";
        try (PreparedStatement statement = connection.prepareStatement(QUERY.formatted(function))) {
            statement.setString(1, BACKUPS);
            statement.setLong(2, after.toMillis());
            statement.setBoolean(3, terminate);
            statement.setInt(4, pid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? answer(row.getString(1), row.getBoolean(2)) : new Answer.NotDue();
            }
        } catch (SQLException e) {
            if ("42501".equals(e.getSQLState())) {
                return new Answer.Spared("this role may not: GRANT pg_signal_backend to it");
            }
            throw e;
        }
    }

    private static Answer answer(@Nullable String spared, boolean sent) {
        if (spared == null) {
            return sent ? new Answer.Sent() : new Answer.NotDue();
        }
        return spared.isEmpty() ? new Answer.NotDue() : new Answer.Spared(spared);
    }
}
