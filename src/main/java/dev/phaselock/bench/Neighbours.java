package dev.phaselock.bench;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.LocksSpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** Those who are at work on the tables beside the application. */
final class Neighbours {
    private static final Duration STAY = Duration.ofSeconds(5);
    private static final Duration SLOT_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_WINDOW = Duration.ofMinutes(5);

    private Neighbours() {}

    /** A transaction that has written to orders and was prepared: no session has it until it is committed. */
    static Neighbour preparedTransaction(Database database) throws SQLException {
        return stay(
                database,
                List.of("BEGIN", "UPDATE orders SET total = total + 1 WHERE id = 800", "PREPARE TRANSACTION 'bench'"),
                "COMMIT PREPARED 'bench'");
    }

    /** What pg_dump does to the tables: it reads them all in one snapshot. */
    static Neighbour dump(Database database) throws SQLException {
        return stay(
                database,
                List.of(
                        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                        "LOCK TABLE orders, customers IN ACCESS SHARE MODE"),
                "COMMIT");
    }

    /** An index on orders that is built concurrently, and waits for the snapshot of somebody who reads another table. */
    static Neighbour indexBuild(Database database) throws SQLException {
        Visit reader = stay(
                database,
                List.of("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT FROM quiet_customers LIMIT 1"),
                "COMMIT");
        try {
            Visit build = Visit.begin(
                    database,
                    List.of(),
                    (statement, _) -> statement.execute("CREATE INDEX CONCURRENTLY beside ON orders (customer_id)"));
            awaitOldSnapshots(database);
            return () -> {
                // In this order: the build waits for the reader.
                reader.close();
                build.close();
            };
        } catch (SQLException | IllegalStateException e) {
            reader.close();
            throw e;
        }
    }

    /** A session that does nothing between its first statements and its last. */
    private static Visit stay(Database database, List<String> first, String last) throws SQLException {
        return Visit.begin(database, first, (statement, visit) -> {
            visit.rest(STAY);
            statement.execute(last);
        });
    }

    private static void awaitOldSnapshots(Database database) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            Await.row(
                    statement,
                    "SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'",
                    "no index is built that waits");
        }
    }

    /** Somebody reads from a logical replication slot all the time. */
    static Neighbour slotReader(Database database) throws SQLException {
        return Visit.begin(
                database,
                List.of(
                        "CREATE PUBLICATION bench FOR ALL TABLES",
                        "SELECT pg_create_logical_replication_slot('bench', 'pgoutput')"),
                (statement, visit) -> {
                    while (!visit.isOver()) {
                        statement.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes("
                                + "'bench', NULL, NULL, 'proto_version', '1', 'publication_names', 'bench')");
                        visit.rest(SLOT_PAUSE);
                    }
                    statement.execute("SELECT pg_drop_replication_slot('bench')");
                    statement.execute("DROP PUBLICATION bench");
                });
    }

    /** Another SchemaChange, which wants ACCESS EXCLUSIVE on orders. It has it as soon as the application ends. */
    static Neighbour anotherPhaselock(Database database) throws SQLException {
        PhaselockPolicy another = new PhaselockPolicy(
                "bench/another",
                database.url(),
                ChangeSpec.of(new AddCheckSpec("orders", "another", "total > -2000000", null)),
                LocksSpec.DEFAULT);
        return Visit.begin(database, List.of(), (_, _) -> another.run(LONGEST_WINDOW));
    }
}
