package dev.phaselock.cli;

import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** A small shop's database and the manifests for it. */
final class Shops {
    static final String KEY = """
            - addForeignKey:
                table: orders
                name: orders_customer_fk
                columns: [customer_id]
                references: {table: customers, columns: [id]}
            """;
    static final String CHECK = """
            - addCheck: {table: orders, name: total_positive, expression: total >= 0}
            """;

    private Shops() {}

    static PgDatabase create() throws SQLException {
        PgDatabase database = PgServers.newest().newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(1, 100) AS g");
        return database;
    }

    /** The name and state of each constraint of {@code orders} but its primary key. */
    static List<String> constraints(PgDatabase database) throws SQLException {
        return database.query("SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'orders'::regclass"
                + " AND contype IN ('c', 'f') ORDER BY conname");
    }

    /** A SchemaChange; {@code more} are further fields of its spec, lines that end with a line feed. */
    static String manifest(String name, String changes, String more) {
        return "apiVersion: phaselock.dev/v1alpha1\nkind: SchemaChange\nmetadata: {name: " + name + "}\nspec:\n"
                + ("database: {secretRef: {name: shop}}\n" + more + "changes:\n" + changes).indent(2);
    }

    static String write(Path folder, String text) throws IOException {
        return Files.writeString(folder.resolve("change.yaml"), text).toString();
    }
}
