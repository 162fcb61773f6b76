package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddColumnIT {
    private static final String T = "CREATE TABLE t (id int PRIMARY KEY, d text)";
    private static final String ROWS = "INSERT INTO t SELECT g FROM generate_series(1, 100) AS g";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, e int) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (e)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)");
    private static final List<String> INHERITED = List.of(
            "CREATE TABLE t (id int)",
            "CREATE TABLE t1 (own int) INHERITS (t)",
            "CREATE TABLE t2 (c int) INHERITS (t)",
            ROWS.replace("INTO t", "INTO t1"));
    private static final String CONSTRAINED = "CREATE DOMAIN constrained AS int CHECK (VALUE > 0)";

    private static ChangeSpec add(String name, String type, @Nullable String defaultExpression, boolean notNull) {
        return ChangeSpec.of(
                new AddColumnSpec("t", name, type, null, defaultExpression, notNull ? true : null, null, null));
    }

    private static void equalsPlain(PgServer server, List<String> setup, String definition, ChangeSpec change)
            throws SQLException {
        PlanTrial.equalsPlain(server, setup, List.of("ALTER TABLE t ADD COLUMN " + definition), change);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asThePlainStatementMakesIt(PgServer server) throws SQLException {
        List<String> setup = List.of(
                T,
                ROWS,
                "CREATE DOMAIN plain AS int",
                "CREATE TYPE \"Mood\" AS ENUM ('good', 'bad')",
                "CREATE FUNCTION steady() RETURNS int STABLE LANGUAGE sql AS 'SELECT 7'",
                // VOLATILE, but what is in it is not, and that is what the server sees.
                "CREATE FUNCTION inlined() RETURNS int LANGUAGE sql AS 'SELECT 7'");
        equalsPlain(server, setup, "c int", add("c", "int", null, false));
        equalsPlain(server, setup, "\"C d\" varchar(20)[]", add("\"C d\"", "varchar(20)[]", null, false));
        equalsPlain(server, setup, "c numeric(10, 2) NOT NULL DEFAULT 1.5", add("c", "numeric(10, 2)", "1.5", true));
        equalsPlain(server, setup, "c text NOT NULL DEFAULT 'a'", add("c", "text", "'a'", true));
        equalsPlain(server, setup, "c timestamptz DEFAULT now()", add("c", "timestamptz", "now()", false));
        equalsPlain(server, setup, "c int DEFAULT steady() NOT NULL", add("c", "int", "steady()", true));
        equalsPlain(server, setup, "c \"Mood\" DEFAULT 'bad'", add("c", "\"Mood\"", "'bad'", false));
        equalsPlain(server, setup, "c plain DEFAULT 3", add("c", "plain", "3", false));
        equalsPlain(server, setup, "c int DEFAULT inlined()", add("c", "int", "inlined()", false));
        equalsPlain(server, setup, "c int DEFAULT NULL", add("c", "int", "NULL", false));
        equalsPlain(
                server,
                setup,
                "c text COLLATE \"C\" DEFAULT 'a'",
                ChangeSpec.of(new AddColumnSpec("t", "c", "text", "\"C\"", "'a'", null, null, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void noRowIsTouchedAndEachHasTheValue(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, ROWS);
        String file = "SELECT pg_relation_filenode('t')";
        List<String> before = database.query(file);

        PlanTrial.carryOut(
                database, List.of(add("c", "int", "5", true), add("n", "timestamptz", "current_timestamp", true)));

        assertThat(database.query(file)).isEqualTo(before);
        assertThat(database.query("SELECT count(*), sum(c), count(DISTINCT n) FROM t"))
                .containsExactly("100|500|1");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofPartitionedAndInheritedTables(PgServer server) throws SQLException {
        equalsPlain(server, PARTITIONED, "c int", add("c", "int", null, false));
        equalsPlain(server, PARTITIONED, "c int NOT NULL DEFAULT 2", add("c", "int", "2", true));
        equalsPlain(server, INHERITED, "c int DEFAULT 2", add("c", "int", "2", false));
        equalsPlain(server, INHERITED, "x int NOT NULL DEFAULT 2", add("x", "int", "2", true));
    }

    static Stream<PgServer> from18() {
        return PgServers.between(18, 18);
    }

    @ParameterizedTest
    @MethodSource("from18")
    void virtualGenerated(PgServer server) throws SQLException {
        ChangeSpec change = virtual("t.id + 1");
        equalsPlain(server, List.of(T, ROWS), "c int GENERATED ALWAYS AS (t.id + 1) VIRTUAL", change);
        equalsPlain(server, PARTITIONED, "c int GENERATED ALWAYS AS (id + 1) VIRTUAL", virtual("id + 1"));
        PlanTrial.assertRefused(
                server,
                "another definition",
                virtual("id + 2"),
                T,
                "ALTER TABLE t ADD c int GENERATED ALWAYS AS (id + 1)");
        PlanTrial.assertRefused(
                server, "another definition", virtual("id + 1"), T, "ALTER TABLE t ADD c int DEFAULT 1");
        PlanTrial.assertRefused(server, "does not exist", virtual("other + 1"), T);
    }

    static Stream<PgServer> before18() {
        return PgServers.between(13, 17);
    }

    @ParameterizedTest
    @MethodSource("before18")
    void virtualGeneratedIsRefusedBefore18(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "came with PostgreSQL 18", virtual("id + 1"), T);
    }

    private static ChangeSpec virtual(String expression) {
        return ChangeSpec.of(new AddColumnSpec("t", "c", "int", null, null, null, expression, null));
    }

    private static final String TRIGGERS = """
            CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.d := ''fired''; RETURN NEW; END';
            CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION fire()""";

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aVolatileDefaultIsSetFirstAndTheRowsAreFilled(PgServer server) throws SQLException {
        List<String> setup = List.of(
                T,
                ROWS,
                "CREATE SEQUENCE q",
                "CREATE TYPE pair AS (a int, b int)",
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 7; END'");
        equalsPlain(
                server,
                setup,
                "\"C\" uuid NOT NULL DEFAULT gen_random_uuid()",
                add("\"C\"", "uuid", "gen_random_uuid()", true));
        equalsPlain(server, setup, "c bigint DEFAULT nextval('q')", add("c", "bigint", "nextval('q')", false));
        equalsPlain(server, setup, "c int DEFAULT f()", add("c", "int", "f()", false));
        equalsPlain(server, setup, "c pair DEFAULT (f(), NULL)::pair", add("c", "pair", "(f(), NULL)::pair", false));
        equalsPlain(
                server,
                setup,
                "c text COLLATE \"C\" DEFAULT random()::text",
                ChangeSpec.of(new AddColumnSpec("t", "c", "text", "\"C\"", "random()::text", null, null, null)));
        equalsPlain(
                server,
                PARTITIONED,
                "c uuid NOT NULL DEFAULT gen_random_uuid()",
                add("c", "uuid", "gen_random_uuid()", true));

        PgDatabase database = server.newDatabase();
        database.execute(PARTITIONED.toArray(String[]::new));
        database.execute("INSERT INTO t SELECT g, 150 FROM generate_series(1, 199) AS g");
        String files = "SELECT string_agg(pg_relation_filenode(c)::text, ',') FROM unnest(ARRAY['t1', 't21']) AS c";
        List<String> before = database.query(files);
        PlanTrial.carryOut(database, List.of(add("c", "float8", "random()", true)));
        assertThat(database.query(files)).isEqualTo(before);
        assertThat(database.query("SELECT count(c) > 190, count(DISTINCT c) > 190 FROM t"))
                .containsExactly("t|t");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatWouldFireOrMissRowsIsRefused(PgServer server) throws SQLException {
        ChangeSpec change = add("c", "float8", "random()", false);
        PlanTrial.assertRefused(server, "trigger touch on table public.t", change, T, TRIGGERS);
        PlanTrial.assertRefused(
                server,
                "rule quiet on table public.t",
                change,
                T,
                "CREATE RULE quiet AS ON UPDATE TO t DO ALSO NOTHING");
        PlanTrial.assertRefused(server, "other tables inherit", change, INHERITED.toArray(String[]::new));
        List<String> ofAnother = List.of(T, ROWS, TRIGGERS.replace("UPDATE ON", "UPDATE OF d ON"));
        equalsPlain(server, ofAnother, "c float8 DEFAULT random()", change);

        PgDatabase database = server.newDatabase();
        database.execute(T, ROWS, TRIGGERS);
        PlanTrial.carryOut(
                database,
                List.of(ChangeSpec.of(new AddColumnSpec("t", "c", "float8", null, "random()", null, null, true))));
        assertThat(database.query("SELECT DISTINCT d FROM t")).containsExactly("fired");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatWouldBeWrittenIntoEachRowIsRefused(PgServer server) throws SQLException {
        String anew = "write every row of public.t anew";
        PlanTrial.assertRefused(server, anew, add("c", "bigserial", null, false), T);
        PlanTrial.assertRefused(server, anew, add("c", "constrained", null, false), T, CONSTRAINED);
        PlanTrial.assertRefused(server, anew, add("c", "constrained", "1", false), T, CONSTRAINED);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatTheServerDoesNotTakeIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "the default of column c is null", add("c", "int", "NULL", true), T);
        PlanTrial.assertRefused(
                server,
                "the default of column c is null",
                add("c", "text", "current_setting('no.such', true)", true),
                T);
        PlanTrial.assertRefused(server, "type \"nothing\" does not exist", add("c", "nothing", null, false), T);
        PlanTrial.assertRefused(server, "is of type", add("c", "int", "now()", false), T);
        PlanTrial.assertRefused(server, "cannot use column reference", add("c", "int", "id", false), T);
        PlanTrial.assertRefused(server, "\"t\" is not there", add("c", "int", null, false));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsThereIsComparedByDefinition(PgServer server) throws SQLException {
        String conflict = "column c of public.t is there with another definition";
        ChangeSpec change = add("c", "varchar(9)", "'a'", true);
        for (String other : List.of(
                "c varchar(8) NOT NULL DEFAULT 'a'",
                "c varchar(9) NOT NULL DEFAULT 'b'",
                "c varchar(9) DEFAULT 'a'",
                "c varchar(9) COLLATE \"C\" NOT NULL DEFAULT 'a'",
                "c varchar(9) NOT NULL GENERATED ALWAYS AS ('a') STORED")) {
            PlanTrial.assertRefused(server, conflict, change, T, "ALTER TABLE t ADD COLUMN " + other);
        }
        PlanTrial.assertRefused(
                server,
                conflict,
                add("c", "int", null, false),
                T,
                "ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY");
        PgDatabase database = server.newDatabase();
        database.execute(T, "ALTER TABLE t ADD c varchar(9) NOT NULL DEFAULT 'a'::varchar");
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, change).phases()).allMatch(Phase::done);
        }
    }
}
