package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.RunStatementSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.Reason;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Statements that run as they are: their locks, that they do what the plain statement does, and that once is enough. */
class RunStatementIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int, \"C d\" text)",
            "INSERT INTO t SELECT i, i, i FROM generate_series(1, 100) i",
            "CREATE INDEX t_b_idx ON t (b)",
            "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE parted_1 PARTITION OF parted DEFAULT",
            "CREATE INDEX parted_id ON parted (id)",
            "CREATE VIEW old_view AS SELECT id FROM t",
            "CREATE MATERIALIZED VIEW old_rows AS SELECT id FROM t",
            "CREATE SEQUENCE old_sequence OWNED BY t.b",
            "CREATE TYPE old_type AS (x int)",
            "CREATE TABLE uses (v old_type)",
            "CREATE TYPE old_enum AS ENUM ('a', 'b')",
            "CREATE DOMAIN old_domain AS int",
            "CREATE SCHEMA old_schema",
            "CREATE FUNCTION old_function(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE PROCEDURE old_procedure() LANGUAGE sql AS 'SELECT 1'",
            "CREATE POLICY old_policy ON t USING (true)",
            "CREATE STATISTICS old_statistics ON a, b FROM t");

    /** Each alone; the objects of a later one do not need an earlier one. */
    private static final List<String> STATEMENTS = List.of(
            "CREATE FUNCTION f(x int, OUT y int) LANGUAGE plpgsql AS $$ BEGIN /* ; */ y := x; -- so\nEND $$",
            "CREATE OR REPLACE FUNCTION public.g(\"X\" int DEFAULT 3) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + 1'",
            "CREATE OR REPLACE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW v AS SELECT id, a + 1 AS \"N\" FROM t WHERE b > 0",
            "CREATE OR REPLACE VIEW old_view AS SELECT id, a FROM t -- more",
            "CREATE MATERIALIZED VIEW m AS SELECT id, count(*) AS n FROM t GROUP BY id WITH NO DATA",
            "CREATE SCHEMA s",
            "CREATE SEQUENCE q INCREMENT 5 START 100 CACHE 3",
            "CREATE TYPE e AS ENUM ('x', 'it''s')",
            "CREATE TYPE c AS (x int, y text COLLATE \"C\")",
            "CREATE TYPE r AS RANGE (subtype = int4)",
            "CREATE DOMAIN d AS varchar(10) DEFAULT 'a' NOT NULL CHECK (VALUE <> '')",
            "CREATE POLICY \"P\" ON t FOR SELECT USING (a > 0 AND t.b > 0)",
            "CREATE STATISTICS st (ndistinct, dependencies) ON a, b FROM t",
            "GRANT SELECT, UPDATE (a) ON t TO PUBLIC",
            "REVOKE ALL ON t FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION old_function(int, text) TO PUBLIC",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
            "COMMENT ON VIEW old_view IS 'v'",
            "COMMENT ON MATERIALIZED VIEW old_rows IS 'm'",
            "COMMENT ON INDEX t_pkey IS 'i'",
            "COMMENT ON COLUMN old_view.id IS 'c'",
            "COMMENT ON FUNCTION old_function(int, text) IS 'f'",
            "COMMENT ON SEQUENCE old_sequence IS 's'",
            "COMMENT ON TYPE old_type IS 't'",
            "COMMENT ON POLICY old_policy ON t IS 'p'",
            "COMMENT ON SCHEMA old_schema IS 's'",
            "COMMENT ON STATISTICS old_statistics IS 's'",
            "ALTER TABLE t OWNER TO CURRENT_USER",
            "ALTER VIEW old_view OWNER TO CURRENT_USER",
            "ALTER FUNCTION old_function(int, text) OWNER TO CURRENT_USER",
            "ALTER FUNCTION old_function(int, text) STABLE",
            "ALTER SEQUENCE old_sequence CACHE 10 MAXVALUE 5000",
            "ALTER SEQUENCE old_sequence OWNED BY NONE",
            "ALTER POLICY old_policy ON t USING (a > 1)",
            "ALTER TYPE old_enum RENAME VALUE 'a' TO 'z'",
            "ALTER INDEX t_b_idx RENAME TO \"T b\"",
            "ALTER INDEX IF EXISTS parted_id RENAME TO parted_new",
            "ALTER TYPE old_type ADD ATTRIBUTE y varchar(3)",
            "DROP FUNCTION old_function(int, text)",
            "DROP PROCEDURE old_procedure",
            "DROP VIEW old_view",
            "DROP MATERIALIZED VIEW old_rows",
            "DROP SEQUENCE old_sequence",
            "DROP TYPE old_enum",
            "DROP DOMAIN IF EXISTS old_domain",
            "DROP SCHEMA old_schema",
            "DROP POLICY old_policy ON t",
            "DROP STATISTICS old_statistics",
            "UPDATE t SET \"C d\" = 'none' WHERE \"C d\" IS NULL AND id < 10",
            "DELETE FROM t WHERE id = 7",
            "INSERT INTO t (id, a) VALUES (7, 70), (1001, 1) ON CONFLICT (id) DO NOTHING",
            "INSERT INTO t (id, a) VALUES (8, 80) ON CONFLICT (id) DO UPDATE SET a = excluded.a");

    /** What these statements can change. */
    private static final List<String> STATE = List.of(
            "SELECT proname, pg_get_functiondef(oid), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) a) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
            "SELECT relname, relkind, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                    + " AND relkind IN ('v', 'm') ORDER BY 1",
            "SELECT relname, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a) FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
            "SELECT attname, attacl FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY 1",
            "SELECT seqrelid::regclass, seqtypid, seqstart, seqincrement, seqmax, seqcache FROM pg_sequence ORDER BY 1",
            "SELECT typname, typtype, typnotnull, typdefault FROM pg_type WHERE typnamespace = 'public'::regnamespace ORDER BY 1",
            "SELECT enumtypid::regtype, enumlabel FROM pg_enum ORDER BY 1, enumsortorder",
            "SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod) FROM pg_attribute a JOIN pg_class c"
                    + " ON c.oid = attrelid WHERE relkind = 'c' ORDER BY 1, 2",
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1",
            "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
            "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext ORDER BY 1",
            "SELECT classoid::regclass, objsubid, description FROM pg_description WHERE objoid >= 16384 ORDER BY 1, 2, 3",
            "SELECT defaclacl FROM pg_default_acl",
            "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            "SELECT * FROM t ORDER BY id");

    private static ChangeSpec run(String sql) {
        return ChangeSpec.of(new RunStatementSpec(sql));
    }

    private static List<String> state(PgDatabase database) throws SQLException {
        List<String> state = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String query : STATE) {
                try (ResultSet rows = statement.executeQuery("SELECT q::text FROM (" + query + ") AS q")) {
                    while (rows.next()) {
                        state.add(rows.getString(1));
                    }
                }
            }
        }
        return state;
    }

    static Stream<PgServer> servers() {
        return PgServers.all();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void eachTakesTheLocksOfItsPlanAndDoesWhatThePlainStatementDoesOnceAndTwice(PgServer server) throws SQLException {
        PgDatabase planned = server.newDatabase();
        PgDatabase plain = server.newDatabase();
        planned.execute(SETUP.toArray(String[]::new));
        plain.execute(SETUP.toArray(String[]::new));
        for (String sql : STATEMENTS) {
            try {
                PlanTrial.carryOut(planned, List.of(run(sql)));
                plain.execute(sql);
            } catch (SQLException | AssertionError e) {
                throw new AssertionError(sql + " on " + server.major(), e);
            }
            assertThat(state(planned)).as(sql).isEqualTo(state(plain));
            PhaseResult again = all(planned, sql);
            assertThat(again.outcome()).as(sql + ": " + again.message()).isEqualTo(Outcome.DONE);
            assertThat(again.validated()).as(sql).isTrue();
            assertThat(state(planned)).as("again: " + sql).isEqualTo(state(plain));
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void whatIsThereWithAnotherDefinitionIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        for (String sql : List.of(
                "CREATE FUNCTION old_function(int, text) RETURNS int LANGUAGE sql AS 'SELECT 2'",
                "CREATE VIEW old_view AS SELECT a FROM t",
                "CREATE VIEW t AS SELECT 1",
                "CREATE MATERIALIZED VIEW old_rows AS SELECT a FROM t WITH NO DATA",
                "CREATE SEQUENCE old_sequence INCREMENT 2",
                "CREATE TYPE old_enum AS ENUM ('a')",
                "CREATE TYPE old_type AS (x text)",
                "CREATE DOMAIN old_domain AS int NOT NULL",
                "CREATE POLICY old_policy ON t USING (false)",
                "CREATE STATISTICS old_statistics ON b, id FROM t",
                "ALTER INDEX t_b_idx RENAME TO t_pkey",
                "ALTER INDEX missing RENAME TO other",
                "ALTER INDEX old_view RENAME TO other",
                "ALTER TYPE old_type ADD ATTRIBUTE x text")) {
            PhaseResult result = preflight(database, sql);
            assertThat(result.reason()).as(sql + ": " + result.message()).isEqualTo(Reason.CONFLICTING_DEFINITION);
        }
        for (String sql : List.of(
                "CREATE SEQUENCE IF NOT EXISTS old_sequence INCREMENT 2",
                "CREATE MATERIALIZED VIEW IF NOT EXISTS old_rows AS SELECT a FROM t WITH NO DATA",
                "CREATE MATERIALIZED VIEW old_rows AS SELECT id FROM t WITH NO DATA",
                "CREATE VIEW old_view AS SELECT t.id FROM public.t",
                "CREATE SEQUENCE old_sequence",
                "CREATE FUNCTION public.old_function(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
                "CREATE STATISTICS old_statistics ON b, a FROM public.t",
                "CREATE POLICY old_policy ON t FOR ALL USING (true)",
                "DROP FUNCTION old_function(int)")) {
            PhaseResult result = preflight(database, sql);
            assertThat(result.validated()).as(sql + ": " + result.message()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aLaterStatementMayNeedWhatAnEarlierOneMakes(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        String[] statements = {
            "CREATE TYPE kind AS ENUM ('a')",
            "CREATE FUNCTION of_kind(k kind) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW kinds AS SELECT of_kind('a') AS n",
            "GRANT SELECT ON kinds TO PUBLIC",
            "COMMENT ON VIEW kinds IS 'k'"
        };
        PhaseResult result = all(database, statements);
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(result.validated()).isTrue();
        assertThat(database.queryOne("SELECT obj_description('kinds'::regclass)"))
                .isEqualTo("k");
        assertThat(all(database, statements).validated()).isTrue();
    }

    static Stream<PgServer> serversSince14() {
        return PgServers.all().filter(server -> server.major() >= 14);
    }

    @ParameterizedTest
    @MethodSource("serversSince14")
    void aBodyOfSqlNeedsNoQuotes(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        PhaseResult result = all(
                database,
                "CREATE FUNCTION atomic() RETURNS int RETURN 1 + 1",
                "COMMENT ON FUNCTION atomic() IS 'is it? {fn} ?'");
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(database.queryOne("SELECT atomic() || obj_description('atomic()'::regprocedure)"))
                .isEqualTo("2is it? {fn} ?");
        assertThat(preflight(database, "CREATE FUNCTION atomic() RETURNS int RETURN 1 + 1")
                        .validated())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void rowsAreChangedOnlyWhereTheyAreFewAndTwiceIsOnce(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute(
                "CREATE TABLE many AS SELECT i AS id, 0 AS n FROM generate_series(1, 5000) i",
                "ANALYZE many",
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TABLE noted (id int PRIMARY KEY, n int)",
                "CREATE TRIGGER note BEFORE UPDATE ON noted FOR EACH ROW EXECUTE FUNCTION note()",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (id int REFERENCES parent ON DELETE CASCADE)",
                "CREATE FUNCTION mine() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'");
        for (String refused : List.of(
                "UPDATE many SET n = 1#rows, more than 1,000: run it by hand, in batches",
                "UPDATE noted SET n = 1 WHERE id = 1#trigger note fires for it",
                "DELETE FROM parent WHERE id = 1#foreign key child_id_fkey changes rows of public.child",
                "UPDATE t SET a = random()::int WHERE id = 1#function random may give another value",
                "UPDATE t SET a = abs(mine()) WHERE id = 1#function mine may give another value",
                "UPDATE nowhere SET a = 1#the table is not there")) {
            int mark = refused.indexOf('#');
            PhaseResult result = preflight(database, refused.substring(0, mark));
            assertThat(result.outcome()).as(refused).isEqualTo(Outcome.REFUSED);
            assertThat(result.message()).contains(refused.substring(mark + 1));
        }
        assertThat(all(database, "UPDATE many SET n = 1 WHERE id < 100").outcome())
                .isEqualTo(Outcome.DONE);
        assertThat(database.queryOne("SELECT count(*) FROM many WHERE n = 1")).isEqualTo("99");
    }

    @ParameterizedTest
    @MethodSource("servers")
    void rowsOfWhatAnEarlierChangeMakesAreCountedInTheirOwnPhase(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute("CREATE TABLE many AS SELECT i AS id FROM generate_series(1, 5000) i", "ANALYZE many");
        String few = """
                CREATE TABLE tag (id int PRIMARY KEY, name text);
                INSERT INTO tag (id, name) VALUES (1, 'new') ON CONFLICT (id) DO NOTHING;
                ALTER TABLE t ADD COLUMN note text;
                UPDATE t SET note = 'x' WHERE id < 5;
                """;
        for (int i = 0; i < 2; i++) {
            PhaseResult result = all((phase, hash) -> script(database, phase, hash, few));
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        }
        assertThat(database.queryOne("SELECT (SELECT count(*) FROM tag) || ' ' || count(note) FROM t"))
                .isEqualTo("1 4");

        String all = "ALTER TABLE many ADD COLUMN note text; UPDATE many SET note = 'x';";
        PhaseResult result = all((phase, hash) -> script(database, phase, hash, all));
        assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(result.message()).contains("rows, more than 1,000");
        assertThat(database.queryOne("SELECT count(note) FROM many")).isEqualTo("0");
    }

    private static PhaseResult preflight(PgDatabase database, String... sql) {
        return phase(database, PhaseRequest.PREFLIGHT, null, sql);
    }

    private interface Runner {
        PhaseResult run(String phase, @Nullable String hash);
    }

    private static PhaseResult all(PgDatabase database, String... sql) {
        return all((phase, hash) -> phase(database, phase, hash, sql));
    }

    /** All phases that Preflight says are to be done. */
    private static PhaseResult all(Runner runner) {
        PhaseResult last = runner.run(PhaseRequest.PREFLIGHT, null);
        if (last.outcome() != Outcome.DONE) {
            return last;
        }
        PhaseResult.PlanSummary plan = last.plan();
        for (PhaseSummary phase : plan.phases()) {
            if (!phase.done()) {
                last = runner.run(phase.name(), plan.hash());
                if (last.outcome() != Outcome.DONE) {
                    return last;
                }
            }
        }
        return last;
    }

    private static PhaseResult phase(PgDatabase database, String phase, @Nullable String hash, String... sql) {
        return run(
                database, phase, hash, Stream.of(sql).map(RunStatementIT::run).toList(), null);
    }

    private static PhaseResult script(PgDatabase database, String phase, @Nullable String hash, String sql) {
        return run(database, phase, hash, null, sql);
    }

    private static PhaseResult run(
            PgDatabase database,
            String phase,
            @Nullable String hash,
            @Nullable List<ChangeSpec> changes,
            @Nullable String sql) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        changes,
                        new LocksSpec("100ms", "1s", "30s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        sql));
    }
}
