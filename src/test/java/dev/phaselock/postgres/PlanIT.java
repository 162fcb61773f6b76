package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plans are carried out plainly, statement by statement, on every version: the locks that the server takes are those of
 * the plan, no brief step reads rows, and the catalog then says that the phase is done.
 */
class PlanIT {
    /** Tables, and what is to be changed. */
    private record Scenario(String name, int since, List<String> setup, List<ChangeSpec> changes) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final String P = "CREATE TABLE p (id bigint PRIMARY KEY, a int, b text, UNIQUE (a, b))";
    private static final String T = "CREATE TABLE t (id bigint PRIMARY KEY, pid int, a int, b varchar(20))";
    private static final String PARTITIONED_P = "CREATE TABLE p (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"
            + "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);"
            + "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);"
            + "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (100) TO (200)";
    private static final String PARTITIONED_T =
            "CREATE TABLE t (id bigint PRIMARY KEY, pid bigint) PARTITION BY RANGE (id);"
                    + "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
                    + "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);"
                    + "CREATE TABLE t21 (pid bigint, gone int, id bigint NOT NULL);"
                    + "ALTER TABLE t21 DROP COLUMN gone;"
                    + "ALTER TABLE t2 ATTACH PARTITION t21 FOR VALUES FROM (100) TO (150);"
                    + "CREATE TABLE t22 PARTITION OF t2 FOR VALUES FROM (150) TO (200)";
    private static final String ROWS =
            "INSERT INTO p (id) VALUES (1), (150); INSERT INTO t (id, pid) VALUES (1, 1), (101, 150), (151, NULL)";

    private static final List<Scenario> SCENARIOS = List.of(
            scenario("a foreign key", List.of(P, T, ROWS), key("t", "x", "pid", "p", "id")),
            scenario("a foreign key without a name", List.of(P, T, ROWS), key("t", null, "pid", "p", null)),
            scenario(
                    "a composite foreign key, MATCH FULL, with actions, deferrable",
                    List.of(P, T, ROWS),
                    ChangeSpec.of(new AddForeignKeySpec(
                            "t",
                            "x",
                            List.of("b", "a"),
                            new References("p", List.of("b", "a")),
                            Action.SET_NULL,
                            null,
                            Action.CASCADE,
                            Match.FULL,
                            true,
                            true))),
            scenario(
                    "a foreign key to itself",
                    List.of(P, T, ROWS, "UPDATE t SET pid = 151"),
                    key("t", "x", "pid", "t", "id")),
            scenario(
                    "a foreign key between inheritance parents",
                    List.of(P, T, ROWS, "CREATE TABLE tc () INHERITS (t)", "CREATE TABLE pc () INHERITS (p)"),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key to a partitioned table",
                    List.of(PARTITIONED_P, T, ROWS),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key of a partitioned table",
                    List.of(P, PARTITIONED_T, ROWS),
                    key("t", "x", "pid", "p", "id")),
            scenario("a foreign key of a partition", List.of(P, PARTITIONED_T, ROWS), key("t1", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key of a partitioned table, without a name",
                    List.of(P, PARTITIONED_T, ROWS),
                    key("t", null, "pid", "p", "id")),
            scenario(
                    "a foreign key of a partitioned table, some of whose leaves have one",
                    List.of(
                            P,
                            PARTITIONED_T,
                            ROWS,
                            "ALTER TABLE t1 ADD CONSTRAINT own FOREIGN KEY (pid) REFERENCES p",
                            "ALTER TABLE t21 ADD CONSTRAINT x FOREIGN KEY (pid) REFERENCES p NOT VALID",
                            "ALTER TABLE t22 ADD CONSTRAINT x CHECK (id > 0)"),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key of a partitioned table, a partitioned part of which has one",
                    List.of(P, PARTITIONED_T, ROWS, "ALTER TABLE t2 ADD CONSTRAINT own FOREIGN KEY (pid) REFERENCES p"),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key between partitioned tables",
                    List.of(PARTITIONED_P, PARTITIONED_T, ROWS),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key between partitioned tables, some of whose parts have one",
                    List.of(
                            PARTITIONED_P,
                            PARTITIONED_T,
                            ROWS,
                            "ALTER TABLE t1 ADD CONSTRAINT own FOREIGN KEY (pid) REFERENCES p"),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key between partitioned tables, a partitioned part of which has one",
                    List.of(
                            PARTITIONED_P,
                            PARTITIONED_T,
                            ROWS,
                            "ALTER TABLE t2 ADD CONSTRAINT own FOREIGN KEY (pid) REFERENCES p"),
                    key("t", "x", "pid", "p", "id")),
            scenario(
                    "a foreign key of a partitioned table to itself",
                    List.of(P, PARTITIONED_T, ROWS, "UPDATE t SET pid = NULL"),
                    key("t", "x", "pid", "t", "id")),
            scenario(
                    "a foreign key of a partitioned table without partitions",
                    List.of(P, "CREATE TABLE t (id bigint, pid int) PARTITION BY RANGE (id)"),
                    key("t", "x", "pid", "p", "id")),
            new Scenario(
                    "ON DELETE SET NULL of some columns, also of a partitioned table",
                    15,
                    List.of(
                            "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))",
                            "CREATE TABLE t (a int, b int, c int) PARTITION BY RANGE (a)",
                            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9)"),
                    List.of(ChangeSpec.of(new AddForeignKeySpec(
                            "t",
                            "x",
                            List.of("a", "b"),
                            new References("p", null),
                            Action.SET_NULL,
                            List.of("b"),
                            null,
                            null,
                            null,
                            null)))),
            scenario(
                    "a foreign key of a partitioned partition to a partitioned partition",
                    List.of(
                            PARTITIONED_P,
                            PARTITIONED_T,
                            "INSERT INTO p VALUES (150)",
                            "INSERT INTO t VALUES (101, 150)"),
                    key("t2", "x", "pid", "p2", "id")),
            scenario(
                    "a check of a partitioned partition",
                    List.of(P, PARTITIONED_T, ROWS),
                    check("t2", "c", "pid > 0", null)),
            scenario(
                    "a check of a partitioned table with a foreign partition",
                    List.of(
                            P,
                            PARTITIONED_T,
                            ROWS,
                            "CREATE FOREIGN DATA WRAPPER nowhere",
                            "CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere",
                            "ALTER TABLE t DROP CONSTRAINT t_pkey",
                            "CREATE FOREIGN TABLE t3 PARTITION OF t FOR VALUES FROM (200) TO (300) SERVER nowhere"),
                    check("t", "c", "pid > 0", null)),
            scenario("a check", List.of(P, T, ROWS), check("t", "c", "pid > 0", null)),
            scenario(
                    "a check without a name",
                    List.of(P, T, ROWS),
                    check("t", null, "t.pid > 0 AND t IS NOT NULL OR pid = ANY (ARRAY[1, 150]) OR pid IS NULL", null)),
            scenario(
                    "a check of a partitioned table",
                    List.of(P, PARTITIONED_T, ROWS),
                    check("t", "c", "pid > 0", null)),
            scenario(
                    "a check of an inheritance parent, one of whose children has it",
                    List.of(
                            P,
                            T,
                            ROWS,
                            "CREATE TABLE tc () INHERITS (t)",
                            "CREATE TABLE tcc (CONSTRAINT c CHECK (pid > 0)) INHERITS (tc)"),
                    check("t", "c", "pid > 0", null)),
            scenario(
                    "a check that is not inherited",
                    List.of(P, T, ROWS, "CREATE TABLE tc () INHERITS (t)"),
                    check("t", "c", "pid > 0", true)),
            scenario(
                    "several changes of the same tables",
                    List.of(P, T, ROWS, "UPDATE t SET pid = 1"),
                    check("t", null, "pid > 0", null),
                    key("t", null, "pid", "p", "id"),
                    key("t", null, "pid", "t", "id"),
                    check("t", null, "pid > -1", null),
                    check("p", null, "id > 0", null)),
            scenario(
                    "names that need quotes",
                    List.of("""
                            CREATE TABLE "P $phaselock$; %s" ("I""d\n" bigint PRIMARY KEY)""", """
                            CREATE TABLE "T'\\ $1 {fn}?" ("Größe"" % ü" int, "select" int) PARTITION BY RANGE ("select")""", """
                            CREATE TABLE "Tp" PARTITION OF "T'\\ $1 {fn}?" FOR VALUES FROM (0) TO (9)"""),
                    key(
                            "\"T'\\ $1 {fn}?\"",
                            "\"x $phaselock$ '; \"\" %\"",
                            "\"Größe\"\" % ü\"",
                            "\"P $phaselock$; %s\"",
                            "\"I\"\"d\n\""),
                    check("\"T'\\ $1 {fn}?\"", null, "\"Größe\"\" % ü\"::text <> '$phaselock$ ; {d} ?'", null)));

    private static Scenario scenario(String name, List<String> setup, ChangeSpec... changes) {
        return new Scenario(name, 13, setup, List.of(changes));
    }

    private static ChangeSpec key(String table, String name, String column, String referenced, String key) {
        return ChangeSpec.of(new AddForeignKeySpec(
                table,
                name,
                List.of(column),
                new References(referenced, key == null ? null : List.of(key)),
                null,
                null,
                null,
                null,
                null,
                null));
    }

    private static ChangeSpec check(String table, String name, String expression, Boolean noInherit) {
        return ChangeSpec.of(new AddCheckSpec(table, name, expression, noInherit));
    }

    static Stream<Arguments> onAllVersions() {
        return PgServers.all()
                .flatMap(server -> SCENARIOS.stream()
                        .filter(scenario -> server.major() >= scenario.since())
                        .map(scenario -> Arguments.of(server, scenario)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("onAllVersions")
    void theServerTakesThePlannedLocksAndTheCatalogSaysWhatIsDone(PgServer server, Scenario scenario)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(scenario.setup().toArray(String[]::new));
        PlanTrial.carryOut(database, scenario.changes());
        assertThat(database.query("SELECT conname FROM pg_constraint WHERE NOT convalidated AND conparentid = 0"))
                .isEmpty();
    }
}
