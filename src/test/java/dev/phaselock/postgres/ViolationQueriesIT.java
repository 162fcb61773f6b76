package dev.phaselock.postgres;

import static dev.phaselock.postgres.Plans.check;
import static dev.phaselock.postgres.Plans.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Plan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows that a plan's queries find are those because of which the server does not validate. */
class ViolationQueriesIT {
    /**
     * A change and rows that violate it.
     *
     * @param violating how many
     * @param cleanUp what makes the others be all
     */
    private record Scenario(String name, List<String> setup, ChangeSpec change, int violating, String cleanUp) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario(
                    "a foreign key across integer types",
                    List.of(
                            "CREATE TABLE p (id bigint PRIMARY KEY)",
                            "CREATE TABLE t (id smallint)",
                            "INSERT INTO p VALUES (1)",
                            "INSERT INTO t VALUES (1), (2), (NULL), (3)"),
                    key("t", "x", List.of("id"), "p", null),
                    2,
                    "DELETE FROM t WHERE id > 1"),
            new Scenario(
                    "a foreign key of integers to numerics, and of domains",
                    List.of(
                            "CREATE DOMAIN d AS int",
                            "CREATE TABLE p (id numeric PRIMARY KEY)",
                            "CREATE TABLE t (id d)",
                            "INSERT INTO p VALUES (1.0)",
                            "INSERT INTO t VALUES (1), (2)"),
                    key("t", "x", List.of("id"), "p", null),
                    1,
                    "DELETE FROM t WHERE id > 1"),
            new Scenario(
                    "a composite foreign key, MATCH SIMPLE",
                    List.of(
                            "CREATE TABLE p (a int, b text, PRIMARY KEY (b, a))",
                            "CREATE TABLE t (a int, b varchar(3))",
                            "INSERT INTO p VALUES (1, 'x')",
                            "INSERT INTO t VALUES (1, 'x'), (1, 'y'), (2, 'x'), (NULL, 'y'), (7, NULL), (NULL, NULL)"),
                    key("t", "x", List.of("a", "b"), "p", List.of("a", "b")),
                    2,
                    "DELETE FROM t WHERE (a, b) IN ((1, 'y'), (2, 'x'))"),
            new Scenario(
                    "a composite foreign key, MATCH FULL",
                    List.of(
                            "CREATE TABLE p (a int, b text, PRIMARY KEY (b, a))",
                            "CREATE TABLE t (a int, b varchar(3))",
                            "INSERT INTO p VALUES (1, 'x')",
                            "INSERT INTO t VALUES (1, 'x'), (1, 'y'), (2, 'x'), (NULL, 'y'), (7, NULL), (NULL, NULL)"),
                    ChangeSpec.of(new AddForeignKeySpec(
                            "t",
                            "x",
                            List.of("a", "b"),
                            new References("p", List.of("a", "b")),
                            null,
                            null,
                            null,
                            Match.FULL,
                            null,
                            null)),
                    4,
                    "DELETE FROM t WHERE (a IS NOT NULL OR b IS NOT NULL) AND (a, b) IS DISTINCT FROM (1, 'x')"),
            new Scenario(
                    "a foreign key to itself",
                    List.of(
                            "CREATE TABLE t (id int PRIMARY KEY, up int)",
                            "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 4)"),
                    key("t", "x", List.of("up"), "t", null),
                    1,
                    "DELETE FROM t WHERE id = 3"),
            new Scenario(
                    "a foreign key to an inheritance parent, whose children do not count",
                    List.of(
                            "CREATE TABLE p (id int PRIMARY KEY)",
                            "CREATE TABLE pc () INHERITS (p)",
                            "CREATE TABLE t (id int)",
                            "CREATE TABLE tc () INHERITS (t)",
                            "INSERT INTO p VALUES (1)",
                            "INSERT INTO pc VALUES (2)",
                            "INSERT INTO t VALUES (1), (2)",
                            "INSERT INTO tc VALUES (3)"),
                    key("t", "x", List.of("id"), "p", null),
                    1,
                    "DELETE FROM ONLY t WHERE id = 2"),
            new Scenario(
                    "a foreign key between partitioned tables",
                    List.of(
                            "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY LIST (id)",
                            "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
                            "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
                            "CREATE TABLE t (id int) PARTITION BY LIST (id)",
                            "CREATE TABLE t12 PARTITION OF t FOR VALUES IN (1, 2, 3)",
                            "CREATE TABLE td PARTITION OF t DEFAULT",
                            "INSERT INTO p VALUES (1), (2)",
                            "INSERT INTO t VALUES (1), (2), (3), (4), (NULL)"),
                    key("t", "x", List.of("id"), "p", null),
                    2,
                    "DELETE FROM t WHERE id > 2"),
            new Scenario(
                    "a foreign key of text columns of different collations",
                    List.of(
                            "CREATE TABLE p (id text COLLATE \"C\" PRIMARY KEY)",
                            "CREATE TABLE t (id text COLLATE \"POSIX\")",
                            "INSERT INTO p VALUES ('a')",
                            "INSERT INTO t VALUES ('a'), ('A')"),
                    key("t", "x", List.of("id"), "p", null),
                    1,
                    "DELETE FROM t WHERE id = 'A'"),
            new Scenario(
                    "a foreign key by an operator that an = nearer by hides",
                    List.of(
                            "CREATE FUNCTION public.never(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false'",
                            "CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.never)",
                            "CREATE TABLE p (id int PRIMARY KEY)",
                            "CREATE TABLE t (id int)",
                            "INSERT INTO p VALUES (1)",
                            "INSERT INTO t VALUES (1), (2)",
                            "ALTER ROLE CURRENT_USER IN DATABASE %s SET search_path = public, pg_catalog"),
                    key("t", "x", List.of("id"), "p", null),
                    1,
                    "DELETE FROM t WHERE id OPERATOR(pg_catalog.=) 2"),
            new Scenario(
                    "a foreign key of arrays",
                    List.of(
                            "CREATE TABLE p (id int[] PRIMARY KEY)",
                            "CREATE TABLE t (id int[])",
                            "INSERT INTO p VALUES ('{1,2}')",
                            "INSERT INTO t VALUES ('{1,2}'), ('{2,1}')"),
                    key("t", "x", List.of("id"), "p", null),
                    1,
                    "DELETE FROM t WHERE id = '{2,1}'"),
            new Scenario(
                    "a check, which null passes",
                    List.of(
                            "CREATE TABLE t (a int, \"t\" int)",
                            "INSERT INTO t VALUES (1, 1), (0, 1), (NULL, 1), (-1, NULL)"),
                    check("t", "x", "t.a > 0 AND t.t > 0"),
                    2,
                    "DELETE FROM t WHERE a <= 0"),
            new Scenario(
                    "a check by the row, and by names that the search path finds",
                    List.of(
                            "CREATE FUNCTION good(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0'",
                            "CREATE TABLE \"T t\" (a int, b int)",
                            "INSERT INTO \"T t\" VALUES (1, 1), (1, NULL), (-1, 1)"),
                    check("\"T t\"", "x", "\"T t\" IS NOT NULL AND good(\"T t\".a)"),
                    2,
                    "DELETE FROM \"T t\" WHERE b IS NULL OR a < 0"),
            new Scenario(
                    "a check of a partitioned table",
                    List.of(
                            "CREATE TABLE t (a int, b int) PARTITION BY LIST (b)",
                            "CREATE TABLE t1 (b int, a int)",
                            "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1)",
                            "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2)",
                            "INSERT INTO t VALUES (1, 1), (0, 1), (0, 2)"),
                    check("t", "x", "a > 0"),
                    2,
                    "DELETE FROM t WHERE a = 0"));

    static Stream<Arguments> onAllVersions() {
        return PgServers.all().flatMap(server -> SCENARIOS.stream().map(scenario -> Arguments.of(server, scenario)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("onAllVersions")
    void whatIsFoundIsWhatStandsInTheWayOfTheValidation(PgServer server, Scenario scenario) throws SQLException {
        PgDatabase database = server.newDatabase();
        for (String sql : scenario.setup()) {
            database.execute(sql.replace("%s", database.name()));
        }
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, scenario.change());
            assertThat(Plans.violations(connection, plan)).isEqualTo(scenario.violating());
            assertThatThrownBy(() -> Plans.carryOut(connection, plan))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isIn("23503", "23514"));
            database.execute(scenario.cleanUp());
            Plan again = Plans.of(connection, scenario.change());
            assertThat(Plans.violations(connection, again)).isZero();
            Plans.carryOut(connection, again);
            assertThat(Plans.of(connection, scenario.change()).validated()).isTrue();
        }
    }
}
