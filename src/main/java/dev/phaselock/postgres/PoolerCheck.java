package dev.phaselock.postgres;

import dev.phaselock.plan.Reason;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/**
 * Recognises a pooler that gives a session to somebody else after each transaction. There our {@code SET ROLE} and
 * settings would go on in other people's sessions, so nothing is set and the connection is refused (invariant SESSION-1).
 * A pooler that keeps the session for us as long as we are connected is fine.
 *
 * <p>A pooler tells clients a process id of its own, for cancelling; the server knows the real one. Where they differ,
 * further connections of ours show whether they share a session with the first. Several: behind one address there may be
 * several poolers, each with sessions of its own. Tried with PgBouncer 1.18, a single one and three behind a balancer.
 */
final class PoolerCheck {
    /** Behind a pooler whose sessions are all taken a query waits: milliseconds. */
    private static final int MAX_MILLIS = 5_000;

    /** PgBouncer with {@code pool_mode = statement}: "transaction blocks not allowed in statement pooling mode". */
    private static final String NO_TRANSACTIONS = "not allowed in statement pooling";

    /** Of three poolers, chosen at random, one meets the first connection's but for one time in 25. */
    private static final int OTHERS = 8;

    private PoolerCheck() {}

    /** Opens another connection, when it is needed. */
    @FunctionalInterface
    interface Connector {
        Connection connect() throws SQLException;
    }

    /** @throws ConnectionFailedException when the session is not ours alone */
    static void requireOwnSession(Connection connection, Connector connector, ConnectionSettings settings)
            throws SQLException {
        int ours = ServerProcess.pid(connection);
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
        for (int i = 0; i < OTHERS; i++) {
            try (Connection other = connector.connect()) {
                other.setNetworkTimeout(Runnable::run, MAX_MILLIS);
                other.setAutoCommit(false);
                if (ServerProcess.pid(other) == ours || ServerProcess.pid(connection) != ours) {
                    return true;
                }
            } catch (ConnectionFailedException _) {
                // No other session to be had: one that is not taken would have been ours.
                return ServerProcess.pid(connection) != ours;
            } catch (SQLException e) {
                if (e.getCause() instanceof SocketTimeoutException) {
                    // The same: it waits for a session.
                    return ServerProcess.pid(connection) != ours;
                }
                if (String.valueOf(e.getMessage()).contains(NO_TRANSACTIONS)) {
                    return true;
                }
                throw e;
            }
        }
        return false;
    }
}
