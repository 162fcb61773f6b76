package dev.phaselock.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The server's process that serves a session. */
public final class ServerProcess {
    private ServerProcess() {}

    /** Its id, asked of the server: behind a pooler the driver knows another number. */
    public static int pid(Connection session) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
