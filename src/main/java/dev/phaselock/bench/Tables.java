package dev.phaselock.bench;

import java.sql.SQLException;
import java.sql.Statement;

/** The shop's tables: orders that should refer to customers. */
record Tables(String orders, String customers) {
    /** Those that the application works on. */
    static final Tables BUSY = new Tables("orders", "customers");

    /** Of the same shape, and nobody's: the same schema change is carried out on them where there shall be none. */
    static final Tables QUIET = new Tables("quiet_orders", "quiet_customers");

    /** Makes them anew. */
    void create(Statement statement, Sizes sizes, int partitions) throws SQLException {
        statement.execute("DROP TABLE IF EXISTS " + orders + ", " + customers);
        statement.execute("CREATE TABLE " + customers
                + " (id int PRIMARY KEY, name text NOT NULL, orders int NOT NULL DEFAULT 0) WITH (fillfactor = 70)");
        String columns = " (id int PRIMARY KEY, customer_id int, total int NOT NULL)";
        if (partitions == 0) {
            statement.execute("CREATE TABLE " + orders + columns + " WITH (fillfactor = 70)");
        } else {
            statement.execute("CREATE TABLE " + orders + columns + " PARTITION BY HASH (id)");
            for (int i = 0; i < partitions; i++) {
                statement.execute("CREATE TABLE " + orders + "_" + i + " PARTITION OF " + orders
                        + " FOR VALUES WITH (MODULUS " + partitions + ", REMAINDER " + i + ") WITH (fillfactor = 70)");
            }
        }
        statement.execute("INSERT INTO " + customers + " (id, name) SELECT g, 'Customer ' || g FROM generate_series(1, "
                + sizes.customers() + ") AS g");
        statement.execute("INSERT INTO " + orders + " (id, customer_id, total) SELECT g, 1 + g % " + sizes.customers()
                + ", g % 1000 FROM generate_series(1, " + sizes.orders() + ") AS g");
        statement.execute("ANALYZE " + customers + ", " + orders);
    }

    /**
     * How many rows there are: at least 2,000 each, for the first thousand are the long transactions' own.
     */
    record Sizes(int orders, int customers) {
        Sizes {
            if (orders < 2 * Load.OWN_ROWS || customers < 2 * Load.OWN_ROWS) {
                throw new IllegalArgumentException("at least " + 2 * Load.OWN_ROWS + " orders and customers");
            }
        }
    }
}
