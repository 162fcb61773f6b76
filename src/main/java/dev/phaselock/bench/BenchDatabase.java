package dev.phaselock.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The database before each measurement: the same tables, made anew, and no autovacuum. */
final class BenchDatabase {
    /** Owns the tables where Phaselock shall not see what the sessions of others do. */
    private static final String OWNER = "bench_owner";

    private static final String OWNER_PASSWORD = "bench";

    private final Database database;

    BenchDatabase(Database database) {
        this.database = database;
    }

    /** For instance {@code 17.11}. */
    String version() throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            return one(statement, "SHOW server_version");
        }
    }

    /**
     * Makes the tables.
     *
     * @throws IllegalStateException when a standby does not have them within a minute
     */
    void prepare(Scenario scenario, Tables.Sizes sizes) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            Autovacuum.allow(statement, false);
            for (Tables tables : List.of(Tables.BUSY, Tables.QUIET)) {
                tables.create(statement, sizes, scenario.partitions());
            }
            if (!scenario.seesAll()) {
                giveTo(OWNER, statement);
            }
            // What that left to write shall not be written while writers are measured.
            statement.execute("CHECKPOINT");
            if (database.standby() != null) {
                awaitStandby(one(statement, "SELECT pg_current_wal_insert_lsn()"));
            }
        }
    }

    /** What Phaselock is told: {@code postgresql://…}. */
    String urlOfPhaselock(Scenario scenario) {
        return scenario.seesAll() ? database.url() : database.urlOf(OWNER, OWNER_PASSWORD);
    }

    private static void giveTo(String owner, Statement statement) throws SQLException {
        if (one(statement, "SELECT count(*) FROM pg_roles WHERE rolname = '" + owner + "'")
                .equals("0")) {
            statement.execute("CREATE ROLE " + owner + " LOGIN PASSWORD '" + OWNER_PASSWORD + "'");
        }
        for (Tables tables : List.of(Tables.BUSY, Tables.QUIET)) {
            for (String table : List.of(tables.orders(), tables.customers())) {
                statement.execute("ALTER TABLE " + table + " OWNER TO " + owner);
            }
        }
    }

    private void awaitStandby(String position) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.standby());
                Statement statement = connection.createStatement()) {
            Await.row(
                    statement,
                    "SELECT WHERE pg_last_wal_replay_lsn() >= '" + position + "'",
                    "the standby lags behind by more than a minute");
        }
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
