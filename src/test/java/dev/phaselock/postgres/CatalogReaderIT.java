package dev.phaselock.postgres;

import static dev.phaselock.postgres.Plans.check;
import static dev.phaselock.postgres.Plans.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What plans say of real tables, on every version. */
class CatalogReaderIT {
    private static final String ALL = "dev.phaselock.postgres.PgServers#all";

    private static final String CUSTOMERS =
            "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text UNIQUE DEFERRABLE)";
    private static final String ORDERS =
            "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, amount numeric(10, 2), note varchar(20))";

    private static PgDatabase shop(PgServer server, String... more) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(CUSTOMERS, ORDERS);
        database.execute(more);
        return database;
    }

    private static void assertRefused(Connection connection, ChangeSpec change, Reason reason, String message) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, () -> Plans.of(connection, change));
        assertThat(refused).hasMessageContaining(message);
        assertThat(refused.reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void aConstraintThatIsThereIsKnownByItsDefinitionHoweverItIsWritten(PgServer server) throws SQLException {
        PgDatabase database = shop(
                server,
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (amount>0::int and (note) like 'a%') NOT VALID",
                "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers ON UPDATE NO ACTION");
        try (Connection connection = database.connect()) {
            for (String name : new String[] {"c", null}) {
                Plan plan = Plans.of(connection, check("orders", name, "orders.amount > 0\nAND \"note\" ~~ 'a%'"));
                assertThat(plan.applied()).isTrue();
                assertThat(plan.validated()).isFalse();
            }
            for (String name : new String[] {"f", null}) {
                assertThat(Plans.of(connection, key("orders", name, List.of("customer_id"), "public.customers", null))
                                .validated())
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void aCheckIsKnownAgainAfterADumpAndARestore(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        ChangeSpec change =
                check("orders", "c", "note IN ('a', 'b') AND amount BETWEEN -1 AND 5 OR note LIKE ANY ('{x,y}')");
        try (Connection connection = database.connect()) {
            Plans.carryOut(connection, Plans.of(connection, change));
            assertThat(Plans.of(connection, change).validated()).isTrue();
            for (int restores = 0; restores < 3; restores++) {
                String dumped =
                        database.queryOne("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'c'");
                database.execute("ALTER TABLE orders DROP CONSTRAINT c, ADD CONSTRAINT c " + dumped);
                assertThat(Plans.of(connection, change).validated()).as(dumped).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void aCheckThatChildrenInheritCannotNameTheTable(PgServer server) throws SQLException {
        PgDatabase database = shop(server, "CREATE TABLE child () INHERITS (orders)");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("ALTER TABLE orders ADD CHECK (orders.amount > 0)"))
                    .hasMessageContaining("missing FROM-clause entry");
            assertRefused(
                    connection,
                    check("orders", null, "orders.amount > 0"),
                    Reason.INVALID_EXPRESSION,
                    "(name no table in it): missing FROM-clause entry for table \"orders\"");
            assertThat(Plans.of(connection, ChangeSpec.of(new AddCheckSpec("orders", null, "orders.amount > 0", true)))
                            .phases())
                    .hasSize(3);
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void whatAPartitionInheritsIsAdoptedButNotAPartOfAnotherForeignKey(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY LIST (id)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
                "CREATE TABLE t (id int, CONSTRAINT f FOREIGN KEY (id) REFERENCES p, CONSTRAINT c CHECK (id > 0))"
                        + " PARTITION BY LIST (id)",
                "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)");
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, key("t1", "f", List.of("id"), "p", null), check("t1", "c", "id > 0"))
                            .validated())
                    .isTrue();
            // For its partitions the server has parts of the key that look like keys of their own, and check no new
            // row.
            Plan plan = Plans.of(connection, key("t1", null, List.of("id"), "p1", null));
            assertThat(plan.applied()).isFalse();
            Plans.carryOut(connection, plan);
            assertThat(Plans.of(connection, key("t1", null, List.of("id"), "p1", null))
                            .validated())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void theSameNameWithAnotherDefinitionIsRefusedShowingBoth(PgServer server) throws SQLException {
        PgDatabase database = shop(
                server,
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0)",
                "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE",
                "CREATE TABLE child (CONSTRAINT d CHECK (amount > 5)) INHERITS (orders)");
        try (Connection connection = database.connect()) {
            assertRefused(
                    connection,
                    check("orders", "c", "amount >= 0"),
                    Reason.CONFLICTING_DEFINITION,
                    "CHECK ((amount > (0)::numeric)); wanted: CHECK ((amount >= (0)::numeric))");
            assertRefused(
                    connection,
                    key("orders", "f", List.of("customer_id"), "customers", null),
                    Reason.CONFLICTING_DEFINITION,
                    "FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE; wanted: FOREIGN KEY (customer_id) REFERENCES public.customers(id)");
            assertRefused(
                    connection,
                    check("orders", "d", "amount > 4"),
                    Reason.CONFLICTING_DEFINITION,
                    "d of public.child is there with another definition");
            assertRefused(
                    connection,
                    ChangeSpec.of(new AddCheckSpec("orders", "c", "amount > 0", true)),
                    Reason.CONFLICTING_DEFINITION,
                    "NO INHERIT");
        }
    }

    static Stream<PgServer> from18() {
        return PgServers.between(18, 18);
    }

    @ParameterizedTest
    @MethodSource("from18")
    void aConstraintThatIsNotEnforcedIsRefusedByName(PgServer server) throws SQLException {
        PgDatabase database = shop(
                server,
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0) NOT ENFORCED",
                "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers NOT ENFORCED");
        try (Connection connection = database.connect()) {
            assertRefused(
                    connection, check("orders", "c", "amount > 0"), Reason.CONFLICTING_DEFINITION, "NOT ENFORCED");
            assertRefused(
                    connection,
                    key("orders", "f", List.of("customer_id"), "customers", null),
                    Reason.CONFLICTING_DEFINITION,
                    "NOT ENFORCED");
            Plan plan = Plans.of(connection, check("orders", null, "amount > 0"));
            assertThat(plan.applied()).isFalse();
            Plans.carryOut(connection, plan);
            assertThat(Plans.of(connection, check("orders", null, "amount > 0")).validated())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void whatIsMissingIsNamedWithTheNearest(PgServer server) throws SQLException {
        PgDatabase database = shop(server, "CREATE VIEW orders_view AS SELECT * FROM orders");
        try (Connection connection = database.connect()) {
            assertRefused(
                    connection,
                    check("oders", null, "true"),
                    Reason.INVALID_TARGET,
                    "table \"oders\" is not there; did you mean public.orders?");
            assertRefused(
                    connection,
                    key("orders", null, List.of("customer_id"), "shop.customers", null),
                    Reason.INVALID_TARGET,
                    "table \"shop.customers\" is not there; did you mean public.customers?");
            assertRefused(
                    connection,
                    key("orders", null, List.of("custmer_id"), "customers", null),
                    Reason.INVALID_TARGET,
                    "column \"custmer_id\" of public.orders is not there; did you mean customer_id?");
            assertRefused(
                    connection,
                    check("orders", null, "amout > 0"),
                    Reason.INVALID_TARGET,
                    "column \"amout\" does not exist (Perhaps you meant to reference the column \"orders.amount\".)");
            assertRefused(
                    connection, check("orders_view", null, "true"), Reason.INVALID_TARGET, "orders_view is a view");
            assertRefused(
                    connection,
                    check("pg_catalog.pg_class", null, "true"),
                    Reason.INVALID_TARGET,
                    "is a table of PostgreSQL itself");
            assertRefused(
                    connection,
                    key("orders", null, List.of("note"), "customers", List.of("name")),
                    Reason.INVALID_TARGET,
                    "over exactly name");
            assertRefused(
                    connection,
                    key("orders", null, List.of("note"), "customers", List.of("email")),
                    Reason.INVALID_TARGET,
                    "over exactly email (one that is neither partial nor deferrable)");
            assertRefused(
                    connection,
                    key("orders", null, List.of("note"), "customers", null),
                    Reason.INVALID_TARGET,
                    "public.orders (note character varying(20)) cannot refer to public.customers (id bigint)");
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void whatIsNoCheckIsRefusedAndChangesNothing(PgServer server) throws SQLException {
        PgDatabase database = shop(server, "CREATE FUNCTION many() RETURNS SETOF bool LANGUAGE sql AS 'SELECT true'");
        try (Connection connection = database.connect()) {
            for (String expression : List.of(
                    "amount",
                    "count(*) > 0",
                    "EXISTS (SELECT FROM customers)",
                    "many()",
                    "amount > 'x'",
                    "nothing(amount)",
                    "ctid IS NOT NULL",
                    "amount >")) {
                RefusedException refused = catchThrowableOfType(
                        RefusedException.class, () -> Plans.of(connection, check("orders", null, expression)));
                assertThat(refused).as(expression).isNotNull();
                assertThat(refused.reason()).as(expression).isEqualTo(Reason.INVALID_EXPRESSION);
                assertThat(connection.getAutoCommit()).isTrue();
            }
            for (String expression : List.of(
                    "amount > 0); DROP TABLE orders; --",
                    "amount > 0), DROP COLUMN note, ADD CHECK (true",
                    "amount > 0) NOT VALID --",
                    "true); COMMIT; DROP TABLE orders; SELECT (1")) {
                assertThatThrownBy(() -> Plans.of(connection, check("orders", null, expression)))
                        .isInstanceOf(InvalidChangeException.class);
            }
            Plans.of(connection, check("orders", null, "amount > 0"));
        }
        assertThat(database.query("SELECT relname FROM pg_class WHERE relname IN ('orders', 'customers') ORDER BY 1"))
                .containsExactly("customers", "orders");
        assertThat(database.query(
                        "SELECT relname FROM pg_class WHERE relpersistence = 't' OR relname LIKE 'phaselock%'"))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void readingTakesNoLockButAccessShareAndThatForChecksOnly(PgServer server) throws SQLException {
        PgDatabase database = shop(
                server,
                "ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0) NOT VALID",
                "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers");
        ChangeSpec key = key("orders", null, List.of("customer_id"), "customers", null);
        try (Connection holder = database.connect();
                Connection connection = database.connect();
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE orders, customers IN EXCLUSIVE MODE");
            assertThat(Plans.of(
                                    connection,
                                    check("orders", "c", "amount > 0"),
                                    check("orders", null, "note <> ''"),
                                    key)
                            .phases())
                    .hasSize(8);
            lock.execute("LOCK TABLE orders, customers IN ACCESS EXCLUSIVE MODE");
            assertThat(Plans.of(connection, key).phases()).hasSize(2);
            long startedAt = System.nanoTime();
            assertThatThrownBy(() -> Plans.of(connection, check("orders", "c", "amount > 0")))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
            assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(20));
            holder.rollback();
            assertThat(Plans.of(connection, check("orders", "c", "amount > 0")).applied())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void unqualifiedNamesAreLookedForInTheGivenSchemasInOrder(PgServer server) throws SQLException {
        PgDatabase database = shop(
                server,
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (amount int)",
                "CREATE FUNCTION app.positive(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0'",
                "CREATE DOMAIN app.money AS int",
                "CREATE TABLE app.bills (amount app.money)");
        try (Connection connection = database.connect()) {
            assertThat(Plans.in(connection, List.of("app", "public"), check("orders", null, "positive(amount)"))
                            .target())
                    .isEqualTo("app.orders");
            assertThat(Plans.in(connection, List.of("public", "app"), check("orders", null, "positive(amount::int)"))
                            .target())
                    .isEqualTo("public.orders");
            assertThat(Plans.in(connection, List.of("nowhere", "app"), check("bills", null, "positive(amount)"))
                            .target())
                    .isEqualTo("app.bills");
            assertRefused(
                    connection, check("orders", null, "positive(amount::int)"), Reason.INVALID_EXPRESSION, "positive");
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void aReadOnlySessionIsRefused(PgServer server) throws SQLException {
        try (Connection connection = shop(server).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET default_transaction_read_only = on");
            assertRefused(connection, check("orders", null, "amount > 0"), Reason.READ_ONLY, "read-only");
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void aGuardIsNotTrueOnceAPartitionWasCreatedMeanwhile(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                CUSTOMERS,
                "CREATE TABLE orders (id bigint, customer_id bigint) PARTITION BY RANGE (id)",
                "CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (10)");
        try (Connection connection = database.connect()) {
            for (ChangeSpec change : List.of(
                    key("orders", "f", List.of("customer_id"), "customers", null), check("orders", "c", "id > 0"))) {
                Plan plan = Plans.of(connection, change);
                Step.Brief last = plan.phases().stream()
                        .flatMap(phase -> phase.steps().stream())
                        .flatMap(step -> step instanceof Step.Brief brief ? Stream.of(brief) : Stream.empty())
                        .reduce((_, step) -> step)
                        .orElseThrow();
                String partition = "later_" + plan.phases().size() + (change.addCheck() == null ? "f" : "c");
                boolean leafByLeaf = change.addForeignKey() != null && server.major() < 18;
                assertThat(database.queryOne("SELECT " + last.guard())).isEqualTo(leafByLeaf ? "f" : "t");
                int from = change.addCheck() == null ? 10 : 20;
                database.execute("CREATE TABLE " + partition + " PARTITION OF orders FOR VALUES FROM (" + from
                        + ") TO (" + (from + 10) + ")");
                assertThat(database.queryOne("SELECT " + last.guard())).isEqualTo("f");
                assertThat(Plans.of(connection, change).hash()).isEqualTo(plan.hash());
                Plans.carryOut(connection, Plans.of(connection, change));
                assertThat(Plans.of(connection, change).validated()).isTrue();
            }
        }
    }
}
