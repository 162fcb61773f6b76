package dev.phaselock.postgres;

import static dev.phaselock.postgres.Plans.check;
import static dev.phaselock.postgres.Plans.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a role may do, on every version. */
class PrivilegesIT {
    private static final String ALL = "dev.phaselock.postgres.PgServers#all";
    private static final Pattern GRANT = Pattern.compile("GRANT [^;(]*(\\([^)]*\\)[^;(]*)?TO \"[a-z_0-9]+\"");
    private static final ChangeSpec KEY = key("shop.orders", "f", List.of("customer_id"), "shop.customers", null);
    private static final ChangeSpec CHECK = check("shop.orders", "c", "id > 0");

    private static PgDatabase shop(PgServer server, PgRole owner, String orders) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "REVOKE ALL ON DATABASE " + database.name() + " FROM public",
                "GRANT CONNECT ON DATABASE " + database.name() + " TO public",
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.customers (id bigint PRIMARY KEY)",
                orders,
                "ALTER TABLE shop.customers OWNER TO " + owner.name(),
                "ALTER TABLE shop.orders OWNER TO " + owner.name());
        return database;
    }

    /** Runs what the refusals say until there are none, and gives it back. */
    private static List<String> heal(PgDatabase database, PgRole role, ChangeSpec change) throws SQLException {
        List<String> grants = new ArrayList<>();
        try (Connection connection = database.connect(role)) {
            while (true) {
                RefusedException refused =
                        catchThrowableOfType(RefusedException.class, () -> Plans.of(connection, change));
                if (refused == null) {
                    return grants;
                }
                assertThat(refused.reason()).as(refused.getMessage()).isEqualTo(Reason.PERMISSION_DENIED);
                Matcher matcher = GRANT.matcher(refused.getMessage());
                int before = grants.size();
                while (matcher.find()) {
                    database.execute(matcher.group());
                    grants.add(matcher.group());
                }
                assertThat(grants)
                        .as(refused.getMessage())
                        .hasSizeGreaterThan(before)
                        .doesNotHaveDuplicates();
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void whatIsMissingIsHealedByTheStatementsThatAreNamed(PgServer server) throws SQLException {
        PgRole owner = server.newRole("");
        PgRole role = server.newRole("");
        PgDatabase database =
                shop(server, owner, "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint)");
        // The owner may not use the schema itself: new orders would be refused.
        assertThat(heal(database, role, KEY))
                .anyMatch(grant -> grant.equals("GRANT USAGE ON SCHEMA \"shop\" TO \"%s\"".formatted(role.name())))
                .anyMatch(grant -> grant.equals("GRANT USAGE ON SCHEMA \"shop\" TO \"%s\"".formatted(owner.name())))
                .anyMatch(grant -> grant.equals("GRANT \"%s\" TO \"%s\"".formatted(owner.name(), role.name())))
                .anyMatch(grant -> grant.startsWith("GRANT TEMPORARY ON DATABASE"));
        try (Connection connection = database.connect(role)) {
            Plans.carryOut(connection, Plans.of(connection, KEY, CHECK));
            assertThat(Plans.of(connection, KEY, CHECK).validated()).isTrue();
        }
        database.execute("INSERT INTO shop.customers VALUES (1)", "INSERT INTO shop.orders VALUES (1, 1)");
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void anotherOwnersTableIsReferredToWithGrantsOfColumns(PgServer server) throws SQLException {
        PgRole owner = server.newRole("");
        PgRole role = server.newRole("");
        PgDatabase database =
                shop(server, owner, "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint)");
        database.execute(
                "GRANT USAGE ON SCHEMA shop TO " + owner.name() + ", " + role.name(),
                "GRANT TEMPORARY ON DATABASE " + database.name() + " TO " + role.name(),
                "ALTER TABLE shop.orders OWNER TO " + role.name());

        assertThat(heal(database, role, KEY))
                .containsExactly(
                        "GRANT REFERENCES (\"id\") ON \"shop\".\"customers\" TO \"%s\"".formatted(role.name()),
                        "GRANT SELECT (\"id\") ON \"shop\".\"customers\" TO \"%s\"".formatted(role.name()));
        try (Connection connection = database.connect(role)) {
            Plan plan = Plans.of(connection, KEY);
            assertThat(lockable(plan)).containsExactly(true, false);
            Plans.carryOut(connection, plan);
            assertThat(Plans.of(connection, KEY).validated()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void anIndexNeedsCreateInTheSchemaToo(PgServer server) throws SQLException {
        PgRole owner = server.newRole("");
        PgRole role = server.newRole("");
        PgDatabase database =
                shop(server, owner, "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint)");
        ChangeSpec index = ChangeSpec.of(new CreateIndexSpec(
                "shop.orders",
                null,
                List.of(CreateIndexSpec.Column.of("customer_id")),
                null,
                null,
                null,
                null,
                null,
                null));
        ChangeSpec unique = ChangeSpec.of(
                new AddUniqueSpec("shop.orders", null, List.of("customer_id"), null, null, null, null, null));

        assertThat(heal(database, role, index))
                .contains("GRANT CREATE ON SCHEMA \"shop\" TO \"%s\"".formatted(role.name()));
        try (Connection connection = database.connect(role)) {
            Plans.carryOut(connection, Plans.of(connection, index));
            Plans.carryOut(connection, Plans.of(connection, unique));
            assertThat(Plans.of(connection, index, unique).validated()).isTrue();
        }
    }

    private static List<Boolean> lockable(Plan plan) {
        return plan.phases().getFirst().steps().getFirst() instanceof Step.Brief brief
                ? brief.locks().stream().map(lock -> lock.lockable()).toList()
                : List.of();
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void whetherTheRoleMayLockIsKnownAsTheServerKnowsIt(PgServer server) throws SQLException {
        List<String> privileges = new ArrayList<>(List.of("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"));
        if (server.major() >= 17) {
            privileges.add("MAINTAIN");
        }
        for (String privilege : privileges) {
            PgRole owner = server.newRole("");
            PgRole role = server.newRole("");
            PgDatabase database =
                    shop(server, owner, "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint)");
            database.execute(
                    "GRANT USAGE ON SCHEMA shop TO " + owner.name() + ", " + role.name(),
                    "GRANT TEMPORARY ON DATABASE " + database.name() + " TO " + role.name(),
                    "ALTER TABLE shop.orders OWNER TO " + role.name(),
                    "GRANT SELECT, REFERENCES, " + privilege + " ON shop.customers TO " + role.name());
            try (Connection connection = database.connect(role);
                    Statement statement = connection.createStatement()) {
                boolean lockable = lockable(Plans.of(connection, KEY)).getLast();
                connection.setAutoCommit(false);
                for (String mode : List.of("SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE")) {
                    String lock = "LOCK TABLE ONLY shop.customers IN " + mode + " MODE";
                    if (lockable) {
                        statement.execute(lock);
                    } else {
                        assertThatThrownBy(() -> statement.execute(lock))
                                .as(privilege)
                                .hasMessageContaining("permission denied");
                    }
                    connection.rollback();
                }
                assertThat(lockable)
                        .as(privilege)
                        .isEqualTo(!List.of("INSERT", "TRIGGER").contains(privilege));
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void partitionsOfOthersAreRefusedWhereTheServerWouldRefuseThem(PgServer server) throws SQLException {
        PgRole owner = server.newRole("");
        PgRole other = server.newRole("");
        PgDatabase database =
                shop(server, owner, "CREATE TABLE shop.orders (id bigint, customer_id bigint) PARTITION BY RANGE (id)");
        database.execute(
                "CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM (0) TO (10)",
                "ALTER TABLE shop.orders_1 OWNER TO " + other.name(),
                "GRANT USAGE ON SCHEMA shop TO " + owner.name(),
                "GRANT TEMPORARY ON DATABASE " + database.name() + " TO " + owner.name(),
                "GRANT SELECT ON shop.orders_1 TO " + owner.name());
        try (Connection connection = database.connect(owner);
                Statement statement = connection.createStatement()) {
            List<ChangeSpec> refused = new ArrayList<>(List.of(CHECK));
            if (server.major() < 18) {
                refused.add(KEY);
            } else {
                Plans.carryOut(connection, Plans.of(connection, KEY));
                assertThat(Plans.of(connection, KEY).validated()).isTrue();
            }
            for (ChangeSpec change : refused) {
                assertThatThrownBy(() -> Plans.of(connection, change))
                        .isInstanceOf(RefusedException.class)
                        .hasMessageContaining("is not the owner of shop.orders_1");
            }
            assertThatThrownBy(() -> statement.execute("ALTER TABLE shop.orders ADD CHECK (id > 0) NOT VALID"))
                    .hasMessageContaining("must be owner");
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void rowSecurityIsRefusedWhereItHidesRowsFromTheRole(PgServer server) throws SQLException {
        PgRole owner = server.newRole("");
        PgDatabase database =
                shop(server, owner, "CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint)");
        database.execute(
                "GRANT USAGE ON SCHEMA shop TO " + owner.name(),
                "GRANT TEMPORARY ON DATABASE " + database.name() + " TO " + owner.name(),
                "ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY");
        try (Connection connection = database.connect(owner);
                Connection superuser = database.connect()) {
            // An owner sees all rows unless row security is forced.
            assertThat(Plans.of(connection, KEY).phases()).hasSize(2);
            for (String table : List.of("customers", "orders")) {
                database.execute(
                        "ALTER TABLE shop." + table + " ENABLE ROW LEVEL SECURITY",
                        "ALTER TABLE shop." + table + " FORCE ROW LEVEL SECURITY");
                RefusedException refused =
                        catchThrowableOfType(RefusedException.class, () -> Plans.of(connection, KEY));
                assertThat(refused).hasMessageContaining("row security of shop." + table);
                assertThat(refused.reason()).isEqualTo(Reason.ROW_SECURITY);
                assertThat(Plans.of(superuser, KEY).phases()).hasSize(2);
                if (table.equals("orders")) {
                    assertThatThrownBy(() -> Plans.of(connection, CHECK)).hasMessageContaining("row security");
                }
                database.execute("ALTER TABLE shop." + table + " NO FORCE ROW LEVEL SECURITY");
            }
        }
    }
}
