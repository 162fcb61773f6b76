package dev.phaselock.postgres;

import dev.phaselock.plan.Reason;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/**
 * Recognises a pooler that gives a session to somebody else after each transaction. There our {@code SET ROLE} and
 * settings would go on in other people's sessions, so nothing is set and the connection is refused. A pooler that keeps
 * the session for us as long as we are connected is fine.
 *
 * <p>A pooler tells clients a process id of its own, for cancelling; the server knows the real one. Where they differ,
 * two connections of ours at once show whether they share a session. Tried with PgBouncer 1.18.
 */
final class PoolerCheck {
    /** Behind a pooler whose sessions are all taken a query waits: milliseconds. */
    private static final int MAX_MILLIS = 5_000;

    private PoolerCheck() {}

    /** Opens a second connection, when it is needed. */
    @FunctionalInterface
    interface Connector {
        Connection connect() throws SQLException;
    }

    /** @throws ConnectionFailedException when the session is not ours alone */
    static void requireOwnSession(Connection connection, Connector connector, ConnectionSettings settings)
            throws SQLException {
        int ours = serverProcess(connection);
        if (ours != connection.unwrap(PGConnection.class).getBackendPID() && isShared(connection, ours, connector)) {
            throw new ConnectionFailedException(
                    Failures.refused(
                            Reason.UNSUPPORTED,
                            "At " + settings.address() + " is a pooler that shares sessions between transactions: give"
                                    + " the address of the server itself, or of a pool in session mode.",
                            null),
                    null);
        }
    }

    private static boolean isShared(Connection connection, int ours, Connector connector) throws SQLException {
        try (Connection other = connector.connect()) {
            other.setNetworkTimeout(Runnable::run, MAX_MILLIS);
            int others;
            try {
                other.setAutoCommit(false);
                others = serverProcess(other);
            } catch (SQLException e) {
                // It waits for a session: then ours is not given away. Refusing transactions is statement pooling.
                return !(e.getCause() instanceof SocketTimeoutException);
            }
            if (others == ours) {
                return true;
            }
            connection.setNetworkTimeout(Runnable::run, MAX_MILLIS);
            boolean moved = serverProcess(connection) != ours;
            connection.setNetworkTimeout(Runnable::run, 0);
            return moved;
        } catch (ConnectionFailedException _) {
            // No second session to be had: then ours is not given away.
            return false;
        }
    }

    private static int serverProcess(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
