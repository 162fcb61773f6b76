package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Step;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlterTypeIT {
    private static final String T =
            "CREATE TABLE t (id int PRIMARY KEY, c varchar(50) NOT NULL DEFAULT 'a', n numeric(10, 2), ts timestamp(3),"
                    + " b varbit(8), d date, k text COLLATE \"C\")";
    private static final String ROWS = "INSERT INTO t SELECT g, g, g, now() FROM generate_series(1, 100) AS g";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, c varchar(50), n int, o int) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (n)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)");
    private static final List<String> INHERITED =
            List.of("CREATE TABLE t (id int, c varchar(50))", "CREATE TABLE t1 (own int) INHERITS (t)");

    private static ChangeSpec to(String column, String type) {
        return ChangeSpec.of(new AlterTypeSpec("t", column, type, null));
    }

    private static void equalsPlain(PgServer server, List<String> setup, String column, String type)
            throws SQLException {
        PlanTrial.equalsPlain(
                server, setup, List.of("ALTER TABLE t ALTER " + column + " TYPE " + type), to(column, type));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asThePlainStatementMakesIt(PgServer server) throws SQLException {
        List<String> setup = List.of(T, ROWS);
        equalsPlain(server, setup, "c", "varchar(100)");
        equalsPlain(server, setup, "c", "text");
        equalsPlain(server, setup, "c", "varchar");
        equalsPlain(server, setup, "n", "numeric(12, 2)");
        equalsPlain(server, setup, "n", "numeric");
        equalsPlain(server, setup, "ts", "timestamp(6)");
        equalsPlain(server, setup, "ts", "timestamp");
        equalsPlain(server, setup, "b", "varbit(16)");
        equalsPlain(server, setup, "k", "varchar");
        PlanTrial.equalsPlain(
                server,
                setup,
                List.of("ALTER TABLE t ALTER k TYPE varchar COLLATE \"C\""),
                ChangeSpec.of(new AlterTypeSpec("t", "k", "varchar", "\"C\"")));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void indexesAndKeysOfTheColumnStayAsTheyAre(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                T,
                ROWS,
                "CREATE INDEX i ON t (c)",
                "CREATE INDEX h ON t USING hash (c)",
                "CREATE INDEX j ON t (n) INCLUDE (c)",
                "ALTER TABLE t ADD CONSTRAINT u UNIQUE (c, n)",
                "CREATE STATISTICS s ON c, n FROM t");
        String files =
                "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relname IN ('t', 'i', 'h', 'j', 'u')"
                        + " ORDER BY 1";
        List<String> before = database.query(files);

        PlanTrial.carryOut(database, List.of(to("c", "text"), to("n", "numeric(20, 2)")));

        assertThat(database.query(files)).isEqualTo(before);
        assertThat(database.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indrelid = 't'::regclass"))
                .containsExactly("0");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofPartitionedAndInheritedTables(PgServer server) throws SQLException {
        equalsPlain(server, PARTITIONED, "c", "text");
        equalsPlain(
                server,
                Stream.concat(PARTITIONED.stream(), Stream.of("CREATE INDEX ON t21 (c)", "CREATE INDEX ON t (n)"))
                        .toList(),
                "c",
                "text");
        equalsPlain(server, INHERITED, "c", "varchar(51)");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatWouldBeWrittenAnewIsRefused(PgServer server) throws SQLException {
        String anew = "write every row anew";
        PlanTrial.assertRefused(server, anew, to("c", "varchar(20)"), T);
        PlanTrial.assertRefused(server, anew, to("k", "varchar(20)"), T);
        PlanTrial.assertRefused(server, anew, to("c", "char(50)"), T);
        PlanTrial.assertRefused(server, anew, to("id", "bigint"), T);
        PlanTrial.assertRefused(server, anew, to("n", "numeric(12, 4)"), T);
        PlanTrial.assertRefused(server, anew, to("ts", "timestamp(2)"), T);
        PlanTrial.assertRefused(server, anew, to("ts", "timestamptz(3)"), T);
        PlanTrial.assertRefused(server, anew, to("ts", "timestamptz"), T, "SET timezone = 'UTC'");
        PlanTrial.assertRefused(server, anew, to("o", "bigint"), PARTITIONED.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void indexesThatWouldBeBuiltAnewAreNamed(PgServer server) throws SQLException {
        String build = "build indexes anew while everybody waits: x of public.t.";
        PlanTrial.assertRefused(
                server, build, to("c", "text"), T, "CREATE INDEX x ON t (lower(c))", "CREATE INDEX i ON t (c)");
        PlanTrial.assertRefused(server, build, to("c", "text"), T, "CREATE INDEX x ON t (id) WHERE c <> ''");
        PlanTrial.assertRefused(
                server,
                build,
                ChangeSpec.of(new AlterTypeSpec("t", "c", "text", "\"C\"")),
                T,
                "CREATE INDEX x ON t (c)");
        PlanTrial.assertRefused(
                server,
                "x of public.t21",
                to("c", "text"),
                Stream.concat(PARTITIONED.stream(), Stream.of("CREATE INDEX x ON t21 (lower(c))"))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableEveryIndexOfTheColumnWouldBeBuiltAnew(PgServer server) throws SQLException {
        for (String index : List.of("CREATE INDEX x ON t (c)", "CREATE INDEX x ON t (n) INCLUDE (c)")) {
            PlanTrial.assertRefused(
                    server,
                    "build indexes anew while everybody waits: x of public.t;",
                    to("c", "text"),
                    Stream.concat(PARTITIONED.stream(), Stream.of(index)).toArray(String[]::new));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void constraintsThatWouldBeCheckedAnewAreNamed(PgServer server) throws SQLException {
        String check = "check all rows for constraints of the column while everybody waits: x of public.t.";
        PlanTrial.assertRefused(
                server, check, to("c", "text"), T, "ALTER TABLE t ADD CONSTRAINT x CHECK (c <> '' OR id > 0)");
        PlanTrial.assertRefused(server, check, to("c", "text"), T, "ALTER TABLE t ADD CONSTRAINT x EXCLUDE (c WITH =)");
        PlanTrial.assertRefused(
                server,
                check,
                to("c", "text"),
                T,
                "CREATE TABLE p (c varchar(50) PRIMARY KEY)",
                "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (c) REFERENCES p NOT VALID");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatUsesTheColumnIsNamed(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "view public.v", to("c", "text"), T, "CREATE VIEW v AS SELECT c FROM t");
        PlanTrial.assertRefused(
                server, "policy p on table public.t", to("c", "text"), T, "CREATE POLICY p ON t USING (c <> '')");
        PlanTrial.assertRefused(
                server,
                "constraint k on table public.o",
                to("c", "text"),
                T,
                "ALTER TABLE t ADD UNIQUE (c)",
                "CREATE TABLE o (c varchar(50) CONSTRAINT k REFERENCES t (c))");
        PlanTrial.assertRefused(
                server,
                "column g of table public.t",
                to("c", "text"),
                T,
                "ALTER TABLE t ADD g text GENERATED ALWAYS AS (c || 'x') STORED");
        PlanTrial.assertRefused(
                server, "partition key of table public.t2", to("n", "bigint"), PARTITIONED.toArray(String[]::new));
        PlanTrial.assertRefused(server, "column \"x\" of public.t is not there", to("x", "text"), T);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anIndexThatComesBeforeTheLocksAreThereFailsTheGuard(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, "CREATE INDEX i ON t (c)");
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, to("c", "text"));
            Step.Brief brief = (Step.Brief) plan.phases().getFirst().steps().getFirst();
            assertThat(database.query("SELECT " + brief.guard())).containsExactly("t");
            database.execute("CREATE INDEX x ON t (lower(c))");
            assertThat(database.query("SELECT " + brief.guard())).containsExactly("f");
            database.execute("DROP INDEX x", "ALTER TABLE t ADD CONSTRAINT y CHECK (c <> '') NOT VALID");
            assertThat(database.query("SELECT " + brief.guard())).containsExactly("f");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, "CREATE VIEW v AS SELECT c FROM t");
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, to("c", "character varying(50)")).phases())
                    .allMatch(Phase::done);
        }
    }
}
