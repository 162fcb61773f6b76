package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropConstraintIT {
    private static final String P = "CREATE TABLE p (id int PRIMARY KEY, u int CONSTRAINT x UNIQUE)";
    private static final String T = "CREATE TABLE t (id int CONSTRAINT k PRIMARY KEY, pid int, c int NOT NULL)";
    private static final String KEY = "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (pid) REFERENCES p";
    private static final List<String> PARTITIONED_P = List.of(
            "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (100) TO (200)");
    private static final List<String> PARTITIONED_T = List.of(
            "CREATE TABLE t (id int CONSTRAINT k PRIMARY KEY, pid int) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)");
    private static final String PLAIN = "ALTER TABLE t DROP CONSTRAINT x";
    private static final ChangeSpec CHANGE = drop("t", "x");

    private static ChangeSpec drop(String table, String name) {
        return ChangeSpec.of(new DropConstraintSpec(table, name));
    }

    private static void equalsPlain(PgServer server, List<String> tables, String constraint) throws SQLException {
        PlanTrial.equalsPlain(
                server, Stream.concat(tables.stream(), Stream.of(constraint)).toList(), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKey(PgServer server) throws SQLException {
        equalsPlain(server, List.of(P, T), KEY);
        equalsPlain(server, List.of(P, T), KEY + " NOT VALID");
        equalsPlain(server, List.of(T), KEY.replace("REFERENCES p", "REFERENCES t"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyOfAndToPartitionedTables(PgServer server) throws SQLException {
        List<String> tables =
                Stream.of(PARTITIONED_P, List.of(T)).flatMap(List::stream).toList();
        equalsPlain(server, tables, KEY);
        tables = Stream.of(List.of(P), PARTITIONED_T).flatMap(List::stream).toList();
        equalsPlain(server, tables, KEY);
        tables = Stream.of(PARTITIONED_P, PARTITIONED_T).flatMap(List::stream).toList();
        equalsPlain(server, tables, KEY);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyBetweenInheritanceParents(PgServer server) throws SQLException {
        equalsPlain(server, List.of(P, T, "CREATE TABLE tc () INHERITS (t)", "CREATE TABLE pc () INHERITS (p)"), KEY);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aCheck(PgServer server) throws SQLException {
        String check = "ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0)";
        equalsPlain(server, List.of(P, T), check);
        equalsPlain(server, PARTITIONED_T, check);
        equalsPlain(server, List.of(T, "CREATE TABLE tc () INHERITS (t)"), check);
        equalsPlain(server, List.of(T, "CREATE TABLE tc () INHERITS (t)"), check + " NO INHERIT");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aKeyGoesWithItsIndex(PgServer server) throws SQLException {
        equalsPlain(server, List.of(T), "ALTER TABLE t ADD CONSTRAINT x UNIQUE (pid)");
        equalsPlain(server, List.of("CREATE TABLE t (id int)"), "ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY (id)");
        equalsPlain(server, List.of(T), "ALTER TABLE t ADD CONSTRAINT x EXCLUDE (pid WITH =)");
        equalsPlain(server, PARTITIONED_T, "ALTER TABLE t ADD CONSTRAINT x UNIQUE (id)");
    }

    static Stream<PgServer> from18() {
        return PgServers.between(18, 18);
    }

    @ParameterizedTest
    @MethodSource("from18")
    void aNotNull(PgServer server) throws SQLException {
        equalsPlain(server, List.of(T), "ALTER TABLE t ADD CONSTRAINT x NOT NULL pid");
        equalsPlain(server, PARTITIONED_T, "ALTER TABLE t ADD CONSTRAINT x NOT NULL pid");
        PlanTrial.assertRefused(server, "needed by the primary key", drop("t", "t_id_not_null"), T);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T);
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatOthersDependOnIsRefusedAndNamed(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "constraint x on table public.t", drop("p", "p_pkey"), P, T, KEY);
        PlanTrial.assertRefused(
                server, "view public.v", drop("p", "p_pkey"), P, "CREATE VIEW v AS SELECT id, u FROM p GROUP BY id");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatBelongsToAParentsIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(
                server,
                "belongs to a constraint of a partitioned or parent table",
                drop("t1", "x"),
                Stream.concat(PARTITIONED_T.stream(), Stream.of("ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0)"))
                        .toArray(String[]::new));
        PlanTrial.assertRefused(server, "\"t\" is not there", CHANGE, P);
    }
}
