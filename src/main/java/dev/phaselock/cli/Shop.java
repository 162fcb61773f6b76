package dev.phaselock.cli;

import java.sql.SQLException;
import java.sql.Statement;

/** The shop of the examples: customers, and orders that should refer to them. */
public final class Shop {
    private Shop() {}

    /** Makes the tables and fills them. */
    public static void create(Statement statement, int orders, int customers) throws SQLException {
        statement.execute(
                "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, orders int NOT NULL DEFAULT 0)");
        statement.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL)");
        statement.execute("INSERT INTO customers (id, name) SELECT g, 'Customer ' || g FROM generate_series(1, "
                + customers + ") AS g");
        statement.execute("INSERT INTO orders (id, customer_id, total) SELECT g, 1 + g % " + customers + ", g % 1000"
                + " FROM generate_series(1, " + orders + ") AS g");
        statement.execute("ANALYZE customers, orders");
    }
}
