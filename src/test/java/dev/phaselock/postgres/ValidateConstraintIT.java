package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidateConstraintSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ValidateConstraintIT {
    private static final String P = "CREATE TABLE p (a bigint, b text, PRIMARY KEY (a, b))";
    private static final String T = "CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(9))";
    private static final String ROWS =
            "INSERT INTO p VALUES (1, 'x'); INSERT INTO t VALUES (1, 1, 'x'), (101, NULL, NULL)";
    private static final String KEY =
            "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (a, b) REFERENCES p MATCH FULL NOT VALID";
    private static final String CHECK = "ALTER TABLE t ADD CONSTRAINT x CHECK (t IS NULL OR t.a > 0) NOT VALID";
    private static final String NOT_NULL = "ALTER TABLE t ADD CONSTRAINT x NOT NULL a NOT VALID";
    private static final List<String> PARTITIONED = List.of(
            "CREATE TABLE t (id int, a int, b text) PARTITION BY RANGE (id)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (100) TO (200)",
            P);
    private static final String PLAIN = "ALTER TABLE t VALIDATE CONSTRAINT x";
    private static final ChangeSpec CHANGE = validate("t", "x");

    private static ChangeSpec validate(String table, String name) {
        return ChangeSpec.of(new ValidateConstraintSpec(table, name));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyThatSomebodyLeftNotValid(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(P, T, ROWS, KEY), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyToAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE p (a int, b varchar(9), PRIMARY KEY (a, b)) PARTITION BY RANGE (a)",
                        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
                        T,
                        ROWS,
                        KEY),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aCheckThatSomebodyLeftNotValid(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(P, T, ROWS, CHECK), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aCheckThatIsInheritedAndOneThatIsNot(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        P,
                        T,
                        ROWS,
                        "CREATE TABLE tc () INHERITS (t)",
                        "ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0) NOT VALID",
                        "ALTER TABLE t ADD CONSTRAINT y CHECK (id > 0) NO INHERIT NOT VALID"),
                List.of(PLAIN, "ALTER TABLE t VALIDATE CONSTRAINT y"),
                CHANGE,
                validate("t", "y"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aCheckOfAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                Stream.concat(
                                PARTITIONED.stream(),
                                Stream.of(ROWS, "ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0) NOT VALID"))
                        .toList(),
                List.of(PLAIN),
                CHANGE);
    }

    static Stream<PgServer> from18() {
        return PgServers.between(18, 18);
    }

    @ParameterizedTest
    @MethodSource("from18")
    void aNotNullAndAForeignKeyOfAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                Stream.concat(
                                PARTITIONED.stream(),
                                Stream.of(
                                        "INSERT INTO p VALUES (1, 'x'); INSERT INTO t VALUES (1, 1, 'x')",
                                        KEY,
                                        "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID"))
                        .toList(),
                List.of(PLAIN, "ALTER TABLE t VALIDATE CONSTRAINT n"),
                CHANGE,
                validate("t", "n"));
    }

    @ParameterizedTest
    @MethodSource("from18")
    void oneThatIsNotEnforcedIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(
                server, "NOT ENFORCED", CHANGE, T, "ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0) NOT ENFORCED");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void violatingRowsAreFoundByTheValidationsQueries(PgServer server) throws SQLException {
        for (String constraint : server.major() < 18 ? List.of(KEY, CHECK) : List.of(KEY, CHECK, NOT_NULL)) {
            PgDatabase database = server.newDatabase();
            database.execute(
                    P,
                    T,
                    "INSERT INTO t VALUES (1, "
                            + (constraint.equals(NOT_NULL) ? "NULL" : "-1")
                            + ", 'y'), (2, NULL, NULL)",
                    constraint);
            try (Connection connection = database.connect()) {
                assertThat(Plans.violations(connection, Plans.of(connection, CHANGE)))
                        .as(constraint)
                        .isEqualTo(constraint.equals(NOT_NULL) ? 2 : 1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(P, T, KEY, PLAIN);
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsNotThereIsRefusedWithTheNameThatMayBeMeant(PgServer server) throws SQLException {
        PlanTrial.assertRefused(
                server,
                "did you mean orders_total?",
                validate("t", "order_total"),
                T,
                "ALTER TABLE t ADD CONSTRAINT orders_total CHECK (id > 0)");
    }
}
