package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** The database before each measurement: the same tables, made anew, and autovacuum where the scenario wants it and nowhere else. */
final class BenchDatabase {
    private static final Duration AUTOVACUUM_LIMIT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final String url;

    /** @param url JDBC, with the superuser and its password */
    BenchDatabase(String url) {
        this.url = url;
    }

    /** For instance {@code 17.11}. */
    String version() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW server_version")) {
            row.next();
            return row.getString(1);
        }
    }

    void prepare(Scenario scenario, Tables.Sizes sizes) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            autovacuum(statement, false);
            Tables.BUSY.create(statement, sizes, scenario.partitions());
            Tables.QUIET.create(statement, sizes, scenario.partitions());
            // What that left to write shall not be written while writers are measured.
            statement.execute("CHECKPOINT");
        }
    }

    /**
     * Lets an autovacuum begin on orders that takes minutes, unless somebody's lock makes it give way.
     *
     * @throws IllegalStateException when none begins
     */
    void beginAutovacuum() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE orders SET (autovacuum_vacuum_threshold = 1,"
                    + " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100,"
                    + " autovacuum_vacuum_cost_limit = 1)");
            statement.execute("UPDATE orders SET total = total + 1 WHERE id > " + Load.OWN_ROWS);
            autovacuum(statement, true);
            long end = System.nanoTime() + AUTOVACUUM_LIMIT.toNanos();
            while (!vacuums(statement)) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("no autovacuum begins on orders");
                }
                Pause.of(PAUSE);
            }
        }
    }

    private static boolean vacuums(Statement statement) throws SQLException {
        try (ResultSet row =
                statement.executeQuery("SELECT FROM pg_stat_progress_vacuum WHERE relid = 'orders'::regclass")) {
            return row.next();
        }
    }

    private static void autovacuum(Statement statement, boolean on) throws SQLException {
        statement.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'");
        statement.execute("ALTER SYSTEM SET autovacuum = " + (on ? "on" : "off"));
        statement.execute("SELECT pg_reload_conf()");
    }
}
