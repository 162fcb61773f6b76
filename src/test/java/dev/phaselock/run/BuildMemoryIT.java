package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.Relation;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BuildMemoryIT {
    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsAsMuchAsTheTableIsLargeUpToAShareOfTheServersAndNeverLessThanItWas(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE small AS SELECT 1 AS a",
                "CREATE TABLE middle AS SELECT g AS a FROM generate_series(1, 100000) AS g",
                "CREATE TABLE large AS SELECT g AS a, repeat('x', 200) AS b FROM generate_series(1, 300000) AS g");
        long share = Math.max(
                Long.parseLong(database.queryOne("SELECT pg_size_bytes(current_setting('shared_buffers')) / 4")),
                33_554_432);
        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            statement.execute("SET max_parallel_maintenance_workers = 0");
            assertThat(raised(session, database, "1MB", "small")).isEqualTo(1_048_576);
            long middle = size(database, "middle");
            assertThat(middle).as("the test's table").isBetween(2_000_000L, share);
            assertThat(raised(session, database, "1MB", "middle")).isEqualTo(middle);
            assertThat(size(database, "large")).as("the test's table").isGreaterThan(share);
            assertThat(raised(session, database, "1MB", "large")).isEqualTo(share);
            assertThat(raised(session, database, "1GB", "large")).isEqualTo(1_073_741_824);
            // PostgreSQL builds an index with a worker where each process has 32 MB.
            statement.execute("SET max_parallel_maintenance_workers = 1");
            assertThat(size(database, "large")).as("the test's table").isGreaterThan(2 * 33_554_432);
            assertThat(raised(session, database, "1MB", "large")).isEqualTo(Math.max(share, 2 * 33_554_432));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSetForTheDatabaseStays(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE middle AS SELECT g AS a FROM generate_series(1, 100000) AS g",
                "ALTER DATABASE " + database.name() + " SET maintenance_work_mem = '2MB'");
        long oid = Long.parseLong(database.queryOne("SELECT 'middle'::regclass::oid"));
        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            BuildMemory.raise(session, List.of(new Relation(oid, QualifiedName.of("public", "middle"))), false);
            try (ResultSet row = statement.executeQuery("SHOW maintenance_work_mem")) {
                row.next();
                assertThat(row.getString(1)).isEqualTo("2MB");
            }
        }
    }

    private static long size(PgDatabase database, String table) throws SQLException {
        return Long.parseLong(database.queryOne("SELECT pg_total_relation_size('" + table + "')"));
    }

    private static long raised(Connection session, PgDatabase database, String before, String table)
            throws SQLException {
        long oid = Long.parseLong(database.queryOne("SELECT '" + table + "'::regclass::oid"));
        try (Statement statement = session.createStatement()) {
            statement.execute("SET maintenance_work_mem = '" + before + "'");
            BuildMemory.raise(session, List.of(new Relation(oid, QualifiedName.of("public", table))), false);
            try (ResultSet row =
                    statement.executeQuery("SELECT pg_size_bytes(current_setting('maintenance_work_mem'))")) {
                row.next();
                return row.getLong(1);
            }
        }
    }
}
