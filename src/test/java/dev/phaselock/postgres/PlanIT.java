package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plans are carried out plainly, statement by statement, on every version: the locks that the server takes are those of
 * the plan, no brief step reads rows, and the catalog then says that the phase is done.
 */
class PlanIT {
    private static final List<Identifier> SCHEMAS = List.of(new Identifier("public"));

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
        List<Change> changes = Changes.from(scenario.changes());
        try (Connection connection = database.connect()) {
            Plan plan = plan(connection, changes);
            String hash = plan.hash();
            assertThat(plan.applied()).isFalse();
            for (int i = 0; i < plan.phases().size(); i++) {
                for (Step step : plan.phases().get(i).steps()) {
                    if (!step.done()) {
                        carryOut(connection, step);
                    }
                }
                List<String> names = plan.phases().stream().map(Phase::name).toList();
                List<String> labels = plan.phases().stream().map(Phase::label).toList();
                plan = plan(connection, changes);
                assertThat(plan.hash()).isEqualTo(hash);
                assertThat(plan.phases()).extracting(Phase::name).isEqualTo(names);
                assertThat(plan.phases()).extracting(Phase::label).isEqualTo(labels);
                boolean reads = plan.phases().get(i).type() == PhaseType.VERIFY;
                assertThat(plan.phases().get(i).done()).isEqualTo(!reads);
            }
            assertThat(plan.applied()).isTrue();
            assertThat(plan.validated()).isTrue();
        }
        assertThat(database.query("SELECT conname FROM pg_constraint WHERE NOT convalidated AND conparentid = 0"))
                .isEmpty();
    }

    private static Plan plan(Connection connection, List<Change> changes) throws SQLException {
        return Planner.plan(changes, ValidationSpec.DEFAULT, CatalogReader.read(connection, changes, SCHEMAS));
    }

    private static void carryOut(Connection connection, Step step) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL client_min_messages = debug1");
            switch (step) {
                case Step.Brief brief -> {
                    assertGuard(statement, brief);
                    assertThat(messages(statement, brief.statements()))
                            .as("messages of %s", brief.statements())
                            .noneMatch(message -> message.contains("validating") || message.contains("verifying"));
                    assertLocks(statement, brief.locks());
                }
                case Step.Validate validate -> {
                    messages(statement, List.of(validate.statement()));
                    assertLocks(statement, validate.locks());
                    assertNone(statement, validate.violations());
                }
                case Step.Verify verify -> assertNone(statement, verify.queries());
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** As it stands in the runner's message. */
    private static void assertGuard(Statement statement, Step.Brief brief) throws SQLException {
        if (brief.guard() != null) {
            statement.execute("DO $phaselock$ BEGIN IF (" + brief.guard()
                    + ") IS NOT TRUE THEN RAISE EXCEPTION 'the guard is not true'; END IF; END $phaselock$");
        }
    }

    private static List<String> messages(Statement statement, List<String> sql) throws SQLException {
        List<String> messages = new ArrayList<>();
        for (String one : sql) {
            statement.clearWarnings();
            statement.execute(one);
            for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
                messages.add(warning.getMessage());
            }
        }
        return messages;
    }

    private static void assertNone(Statement statement, List<Step.ViolationQuery> queries) throws SQLException {
        assertThat(queries).isNotNull();
        for (Step.ViolationQuery query : queries) {
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM ONLY "
                    + query.tableName().quoted() + " AS " + query.alias() + " WHERE " + query.predicate())) {
                row.next();
                assertThat(row.getLong(1)).as(query.predicate()).isZero();
            }
        }
    }

    private static void assertLocks(Statement statement, List<RelationLock> locks) throws SQLException {
        Map<String, LockMode> planned = planned(locks);
        Map<String, LockMode> held = held(statement);
        // What a partition's bounds are is read from its ancestors, unless it is in the session's cache.
        held.entrySet()
                .removeIf(lock -> lock.getValue() == LockMode.ACCESS_SHARE && !planned.containsKey(lock.getKey()));
        assertThat(held).isEqualTo(planned);
    }

    private static Map<String, LockMode> planned(List<RelationLock> locks) {
        Map<String, LockMode> planned = new TreeMap<>();
        locks.forEach(lock -> planned.put(lock.relation().name().name().name(), lock.mode()));
        return planned;
    }

    /** The strongest lock that this session holds on each table. */
    private static Map<String, LockMode> held(Statement statement) throws SQLException {
        Map<String, LockMode> held = new TreeMap<>();
        try (ResultSet row = statement.executeQuery("""
                SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'f')
                  AND c.oid >= 16384""")) {
            while (row.next()) {
                held.merge(
                        row.getString(1),
                        LockMode.ofPgLocksName(row.getString(2)),
                        (one, other) -> one.compareTo(other) >= 0 ? one : other);
            }
        }
        return held;
    }
}
