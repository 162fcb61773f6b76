package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** An autovacuum on orders. Autovacuum is off elsewhere and at all other times. */
final class Autovacuum {
    private Autovacuum() {}

    /** One that takes minutes, unless somebody's lock makes it give way. */
    static Neighbour ordinary(Database database) throws SQLException {
        return begin(
                database,
                "ALTER TABLE orders SET (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,"
                        + " autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)",
                "UPDATE orders SET total = total + 1 WHERE id > " + Load.OWN_ROWS);
    }

    /** One that gives way to nobody. It takes some seconds, for it shall be seen what happens at its end. */
    static Neighbour preventingWraparound(Database database) throws SQLException {
        return begin(
                database,
                "ALTER TABLE orders SET (autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 20,"
                        + " autovacuum_vacuum_cost_limit = 50)",
                "CREATE TEMPORARY TABLE numbered (a int)",
                // Each of the inner blocks takes a transaction number.
                "DO $$ BEGIN FOR i IN 1..101000 LOOP BEGIN INSERT INTO numbered VALUES (1);"
                        + " EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$");
    }

    private static Neighbour begin(Database database, String... reasons) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            for (String reason : reasons) {
                statement.execute(reason);
            }
            allow(statement, true);
            Await.row(
                    statement,
                    "SELECT FROM pg_stat_progress_vacuum WHERE relid = 'orders'::regclass",
                    "no autovacuum begins on orders");
        }
        return () -> end(database);
    }

    /** Now: the next measurement drops the table, and would wait for it. */
    private static void end(Database database) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            allow(statement, false);
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_vacuum");
        }
    }

    /** For the whole server. */
    static void allow(Statement statement, boolean on) throws SQLException {
        statement.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'");
        statement.execute("ALTER SYSTEM SET autovacuum = " + (on ? "on" : "off"));
        statement.execute("SELECT pg_reload_conf()");
    }
}
