package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes about what earlier changes of the same SchemaChange create, as SQL: the shape of most migrations. */
class BuiltUponIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE customers (id int PRIMARY KEY, email text)",
            "CREATE TABLE orders (id int PRIMARY KEY, total int)",
            // Takes names that PostgreSQL's rule would give.
            "CREATE TABLE items_note_check (x int CONSTRAINT items_number_check CHECK (x > 0))",
            "INSERT INTO customers VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO orders VALUES (1, 10), (2, 20)");

    /** As Alembic, Django and Rails write them. */
    private static final List<String> COLUMN = List.of(
            "ALTER TABLE orders ADD COLUMN customer_id int",
            "ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id)",
            "CREATE INDEX ON orders (customer_id, total)",
            "ALTER TABLE orders ADD COLUMN state varchar(10) DEFAULT 'new' NOT NULL",
            "ALTER TABLE orders ALTER COLUMN state DROP DEFAULT",
            "ALTER TABLE orders ADD CHECK (state IN ('new', 'paid'))",
            "COMMENT ON COLUMN orders.state IS 'How far it is'",
            "ALTER TABLE orders ADD COLUMN \"Number $1'\" bigint DEFAULT 5",
            "ALTER TABLE orders ALTER COLUMN \"Number $1'\" SET DEFAULT 7, ALTER COLUMN \"Number $1'\" SET NOT NULL",
            "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid()",
            "ALTER TABLE orders ALTER COLUMN token SET NOT NULL, ALTER COLUMN token SET STATISTICS 10",
            "ALTER TABLE orders ADD COLUMN code text",
            "ALTER TABLE orders ADD CONSTRAINT orders_code_unique UNIQUE (code)",
            "COMMENT ON CONSTRAINT orders_code_unique ON orders IS 'One each'",
            "ALTER TABLE customers ADD CONSTRAINT customers_email_unique UNIQUE (email)",
            "ALTER TABLE orders ADD COLUMN email text",
            "ALTER TABLE orders ADD FOREIGN KEY (email) REFERENCES customers (email)");

    private static final List<String> TABLE = List.of(
            """
            CREATE TABLE items (
                id bigserial PRIMARY KEY, order_id int NOT NULL, number int, note text DEFAULT 'none',
                kind text COLLATE "C" CONSTRAINT kind_known CHECK (kind IN ('a', 'b')),
                customer int REFERENCES customers)""",
            "CREATE INDEX items_order_idx ON items (order_id) WHERE number > 0",
            "CREATE INDEX ON items (lower(note), kind)",
            "ALTER TABLE items ADD CONSTRAINT items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE",
            "ALTER TABLE items ADD CHECK (number > 0)",
            "ALTER TABLE items ADD CHECK (note <> '')",
            "ALTER TABLE items ADD UNIQUE (order_id, number)",
            "ALTER TABLE items ALTER COLUMN number SET NOT NULL",
            "ALTER TABLE items ALTER COLUMN note SET DEFAULT 'some'",
            "ALTER TABLE items ADD COLUMN price numeric(10, 2)",
            "CREATE INDEX items_price ON items (price)",
            "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE items SET (fillfactor = 70)",
            "COMMENT ON TABLE items IS 'What is sold'",
            "COMMENT ON COLUMN items.price IS 'In euros'",
            "CREATE TRIGGER items_noted BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION"
                    + " suppress_redundant_updates_trigger()",
            "CREATE TABLE \"Sub $1'\" (item bigint REFERENCES items, order_id int, number int)",
            "ALTER TABLE \"Sub $1'\" ADD FOREIGN KEY (order_id, number) REFERENCES items (order_id, number)",
            "ALTER TABLE \"Sub $1'\" ADD PRIMARY KEY (item, number)",
            "ALTER TABLE orders ADD COLUMN item bigint",
            "ALTER TABLE orders ADD FOREIGN KEY (item) REFERENCES items");

    private static final List<String> PARTITIONS = List.of(
            "CREATE TABLE days (id int NOT NULL, day date NOT NULL, customer int) PARTITION BY RANGE (day)",
            "CREATE TABLE days_2026 (id int NOT NULL, day date NOT NULL, customer int)",
            "ALTER TABLE days ATTACH PARTITION days_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            "CREATE INDEX days_customer ON days (customer)",
            "ALTER TABLE days ADD CHECK (id > 0)",
            "ALTER TABLE days ALTER COLUMN customer SET NOT NULL");

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void columnsAndWhatIsBuiltUponThemAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, COLUMN, Sql.changes(COLUMN));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void tablesAndWhatIsBuiltUponThemAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, TABLE, Sql.changes(TABLE));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void partitionsOfNewTablesAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, PARTITIONS, Sql.changes(PARTITIONS));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsThereIsDone(PgServer server) throws SQLException {
        for (List<String> all : List.of(COLUMN, TABLE, PARTITIONS)) {
            PgDatabase database = server.newDatabase();
            database.execute(SETUP.toArray(String[]::new));
            database.execute(all.toArray(String[]::new));
            try (Connection connection = database.connect()) {
                assertThat(Plans.of(connection, Sql.changes(all)).phases()).allMatch(Phase::done);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatTakesAwayAgainOrComesTooEarlyIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(
                database,
                "changes[1] is about n, which changes[0] creates: create it as it is to be",
                "CREATE TABLE n (id int, x int)",
                "ALTER TABLE public.n DROP COLUMN x");
        refused(
                database,
                "changes[0] is about n, which changes[1] creates: it has to follow",
                "CREATE INDEX ON n (id)",
                "CREATE TABLE n (id int)");
        refused(
                database,
                "changes[0] and changes[1] are both about column x of public.orders",
                "ALTER TABLE orders ADD COLUMN x int",
                "ALTER TABLE orders ALTER COLUMN x TYPE bigint");
        refused(
                database,
                "changes[0] and changes[1] are both about column x of public.orders",
                "CREATE INDEX ON orders (x)",
                "ALTER TABLE orders ADD COLUMN x int");
        for (String uses : List.of(
                "ALTER TABLE orders ADD CHECK (id > 0 OR Total > 0)",
                "CREATE INDEX ON orders ((\"total\" + 1))",
                "CREATE INDEX ON orders (id) WHERE total > 0",
                "COMMENT ON COLUMN orders.total IS 'gone'",
                "ALTER TABLE orders ADD y int CHECK (total > y)",
                "CREATE TRIGGER g BEFORE UPDATE OF total ON orders FOR EACH ROW EXECUTE FUNCTION f()")) {
            String drop = "ALTER TABLE orders DROP COLUMN total";
            String message = "changes[0] and changes[1] are both about column total of public.orders";
            refused(database, message, uses, drop);
            refused(database, message, drop, uses);
        }
        refused(
                database,
                "column \"y\" of public.n is not there",
                "CREATE TABLE n (id int, x int)",
                "CREATE INDEX ON n (y)");
        refused(
                database,
                "changes[3] attaches days_2026, and changes[2] is about it: attach it first",
                PARTITIONS.get(0),
                PARTITIONS.get(1),
                "CREATE INDEX ON days_2026 (customer)",
                PARTITIONS.get(2));
        // Another's table of that name, without the check.
        database.execute("CREATE TABLE n (id int)");
        refused(
                database,
                "it has nothing where CHECK ((id > 0)) is wanted",
                "CREATE TABLE n (id int CHECK (id > 0))",
                "ALTER TABLE n ADD CHECK (id > 1)");
        refused(
                database,
                "column id of public.orders is there with another definition",
                "ALTER TABLE orders ADD COLUMN id bigint",
                "CREATE INDEX ON orders (id)");
    }

    private static void refused(PgDatabase database, String message, String... sql) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, Sql.changes(sql)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
