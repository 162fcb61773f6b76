package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropColumnIT {
    private static final String P = "CREATE TABLE p (id int PRIMARY KEY)";
    private static final String T =
            "CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL DEFAULT 1, d text, UNIQUE (c, d)," + " CHECK (c > id))";
    private static final List<String> PARTITIONED_P = List.of(
            "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (100) TO (200)");
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, c int DEFAULT 1, e int) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (e)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)",
            "CREATE INDEX ON t (c)");
    private static final List<String> INHERITED = List.of(
            "CREATE TABLE t (id int, c int, d int)",
            "CREATE TABLE t1 (own int) INHERITS (t)",
            "CREATE TABLE t2 (c int) INHERITS (t)");
    private static final String KEY = "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES p";
    private static final String PLAIN = "ALTER TABLE t DROP COLUMN c";
    private static final ChangeSpec CHANGE = drop("t", "c");

    private static ChangeSpec drop(String table, String column) {
        return ChangeSpec.of(new DropColumnSpec(table, column));
    }

    private static void equalsPlain(PgServer server, List<String> tables, String... more) throws SQLException {
        PlanTrial.equalsPlain(
                server, Stream.concat(tables.stream(), Stream.of(more)).toList(), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withItsDefaultIndexesAndConstraints(PgServer server) throws SQLException {
        equalsPlain(
                server,
                List.of(T, "INSERT INTO t VALUES (1, 2)"),
                "CREATE INDEX ON t (d, c)",
                "CREATE INDEX ON t (d) WHERE c > 0",
                "CREATE STATISTICS s ON c, d FROM t",
                "CREATE SEQUENCE q OWNED BY t.c",
                "ALTER TABLE t ALTER c SET DEFAULT nextval('q')",
                "CREATE VIEW v AS SELECT id, d FROM t");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void noRowIsTouched(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, "INSERT INTO t SELECT g, g + 1 FROM generate_series(1, 1000) AS g");
        String file = "SELECT pg_relation_filenode('t')";
        List<String> before = database.query(file);

        PlanTrial.carryOut(database, List.of(CHANGE));

        assertThat(database.query(file)).isEqualTo(before);
        assertThat(database.query("SELECT count(*) FROM t")).containsExactly("1000");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofPartitionedAndInheritedTables(PgServer server) throws SQLException {
        equalsPlain(server, PARTITIONED);
        equalsPlain(server, INHERITED);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyOverItGoesAndLocksTheOtherTableToo(PgServer server) throws SQLException {
        equalsPlain(server, List.of(P, T), KEY);
        equalsPlain(server, List.of(P, T), KEY.replace("REFERENCES p", "REFERENCES t"));
        equalsPlain(server, Stream.concat(PARTITIONED_P.stream(), Stream.of(T)).toList(), KEY);
        equalsPlain(
                server,
                Stream.concat(PARTITIONED_P.stream(), PARTITIONED.stream()).toList(),
                KEY);
        equalsPlain(
                server,
                Stream.concat(Stream.of(P), PARTITIONED.stream()).toList(),
                "ALTER TABLE t21 ADD FOREIGN KEY (c) REFERENCES p");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatOthersDependOnIsRefusedAndNamed(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "view public.v", CHANGE, T, "CREATE VIEW v AS SELECT c FROM t");
        PlanTrial.assertRefused(
                server, "materialized view public.v", CHANGE, T, "CREATE MATERIALIZED VIEW v AS SELECT c FROM t");
        PlanTrial.assertRefused(
                server, "view public.v", drop("t", "id"), T, "CREATE VIEW v AS SELECT id, d FROM t GROUP BY id");
        PlanTrial.assertRefused(
                server,
                "constraint k on table public.o",
                drop("t", "id"),
                T,
                "CREATE TABLE o (tid int CONSTRAINT k REFERENCES t)");
        PlanTrial.assertRefused(
                server,
                "constraint k on table public.t",
                drop("t", "id"),
                T,
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES t");
        PlanTrial.assertRefused(server, "policy p on table public.t", CHANGE, T, "CREATE POLICY p ON t USING (c > 0)");
        PlanTrial.assertRefused(
                server,
                "trigger g on table public.t",
                CHANGE,
                T,
                "CREATE TRIGGER g BEFORE UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()");
        PlanTrial.assertRefused(
                server,
                "default value for column x of table public.o",
                CHANGE,
                T,
                "CREATE SEQUENCE q OWNED BY t.c",
                "CREATE TABLE o (x int DEFAULT nextval('q'))");
        PlanTrial.assertRefused(
                server,
                "column g of table public.t",
                drop("t", "c"),
                "CREATE TABLE t (c int, g int GENERATED ALWAYS AS (c + 1) STORED)");
        PlanTrial.assertRefused(
                server,
                "view public.v",
                CHANGE,
                Stream.concat(PARTITIONED.stream(), Stream.of("CREATE VIEW v AS SELECT c FROM t21"))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatBelongsToAParentOrSaysWhichPartitionIsRefused(PgServer server) throws SQLException {
        String[] partitioned = PARTITIONED.toArray(String[]::new);
        PlanTrial.assertRefused(server, "belongs to a partitioned or parent table", drop("t1", "c"), partitioned);
        PlanTrial.assertRefused(server, "partition key of table public.t", drop("t", "id"), partitioned);
        PlanTrial.assertRefused(server, "partition key of table public.t2", drop("t", "e"), partitioned);
        PlanTrial.assertRefused(
                server, "belongs to a partitioned or parent table", drop("t1", "c"), INHERITED.toArray(String[]::new));
        PlanTrial.assertRefused(server, "\"t\" is not there", CHANGE, P);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aChildThatHasItAlsoByItselfKeepsItAndWhatDependsOnIt(PgServer server) throws SQLException {
        equalsPlain(server, INHERITED, "CREATE VIEW v AS SELECT c FROM t2");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(P.replace("p (", "t ("));
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }
}
