package dev.phaselock.postgres;

import static dev.phaselock.postgres.Plans.check;
import static dev.phaselock.postgres.Plans.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where the manifest gives no name, the constraint gets the one that the server itself would have given it. */
class ConstraintNamesIT {
    private static final List<List<String>> TABLES_AND_COLUMNS = List.of(
            List.of("orders", "customer_id", "b"),
            List.of("Select", "Größe", "%s \"x\""),
            List.of("t".repeat(63), "c".repeat(63), "d".repeat(63)),
            List.of("t".repeat(40), "c", "d".repeat(30)),
            List.of("ü".repeat(31), "ß".repeat(31), "漢".repeat(21)),
            List.of("a漢".repeat(15), "c".repeat(40), "d"),
            List.of("line\nbreak", " ", "'"));

    static Stream<Arguments> onAllVersions() {
        return PgServers.all().flatMap(server -> TABLES_AND_COLUMNS.stream().map(names -> Arguments.of(server, names)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("onAllVersions")
    void theNameIsTheServersOwn(PgServer server, List<String> names) throws SQLException {
        String table = new Identifier(names.get(0)).quoted();
        String a = new Identifier(names.get(1)).quoted();
        String b = new Identifier(names.get(2)).quoted();
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE key1 (id int PRIMARY KEY)",
                "CREATE TABLE key2 (x int, y int, PRIMARY KEY (x, y))",
                "CREATE TABLE " + table + " (" + a + " int, " + b + " int)");
        try (Connection connection = database.connect()) {
            // Twice: the second time the first name is taken.
            for (int i = 0; i < 12; i++) {
                assertSame(
                        database,
                        connection,
                        check(table, null, a + " > " + i),
                        table,
                        "CHECK (" + a + " > " + i + ")");
            }
            for (int i = 0; i < 2; i++) {
                assertSame(
                        database,
                        connection,
                        check(table, null, a + " > " + i + " OR " + b + " > 0"),
                        table,
                        "CHECK (" + a + " > " + i + " OR " + b + " > 0)");
                assertSame(
                        database,
                        connection,
                        check(table, null, table + " IS NOT NULL OR " + i + " > 0"),
                        table,
                        "CHECK (" + table + " IS NOT NULL OR " + i + " > 0)");
                assertSame(database, connection, check(table, null, i + " > -1"), table, "CHECK (" + i + " > -1)");
            }
            assertSame(
                    database,
                    connection,
                    key(table, null, List.of(a), "key1", null),
                    table,
                    "FOREIGN KEY (" + a + ") REFERENCES key1");
            assertSame(
                    database,
                    connection,
                    key(table, null, List.of(a, b), "key2", null),
                    table,
                    "FOREIGN KEY (" + a + ", " + b + ") REFERENCES key2");
            assertSame(
                    database,
                    connection,
                    key(table, null, List.of(a, b), "key2", List.of("y", "x")),
                    table,
                    "FOREIGN KEY (" + a + ", " + b + ") REFERENCES key2 (y, x)");
        }
    }

    private static void assertSame(
            PgDatabase database, Connection connection, ChangeSpec change, String table, String definition)
            throws SQLException {
        Plan plan = Plans.of(connection, change);
        assertThat(plan.applied()).isFalse();
        database.execute("ALTER TABLE " + table + " ADD " + definition);
        String given = database.queryOne("SELECT conname FROM pg_constraint ORDER BY oid DESC LIMIT 1");
        assertThat(plan.phases().getLast().steps())
                .singleElement()
                .isInstanceOfSatisfying(
                        Step.Validate.class,
                        step -> assertThat(step.constraint()).isEqualTo(given));
    }
}
