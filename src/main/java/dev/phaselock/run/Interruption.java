package dev.phaselock.run;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.PGConnection;

/**
 * The wish to stop (SIGTERM, Ctrl-C). It cancels the statements that run and wakes who sleeps; whoever works asks {@link
 * #requested} between two statements. What a cancelled statement did is rolled back by the server, so the catalog is left
 * as one of the plan's states.
 */
public final class Interruption {
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Thread worker;
    private volatile boolean requested;

    /** For the thread that works. */
    public Interruption() {
        this.worker = Thread.currentThread();
    }

    /** Whether it was asked for. */
    public boolean requested() {
        return requested;
    }

    /** Statements of this connection are cancelled when the wish comes. */
    void watch(Connection connection) {
        connections.add(connection);
        if (requested) {
            cancel(connection);
        }
    }

    void forget(Connection connection) {
        connections.remove(connection);
    }

    /** Asks for the end; may be called from any thread, and again. */
    public void request() {
        requested = true;
        // First: a server that does not answer holds each cancellation up for seconds.
        LockSupport.unpark(worker);
        connections.forEach(Interruption::cancel);
    }

    static void cancel(Connection connection) {
        try {
            connection.unwrap(PGConnection.class).cancelQuery();
        } catch (SQLException _) {
            // The connection is gone, and its statement with it.
        }
    }
}
