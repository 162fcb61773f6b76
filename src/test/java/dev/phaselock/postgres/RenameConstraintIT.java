package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RenameConstraintIT {
    private static final String T = "CREATE TABLE t (id int CONSTRAINT x PRIMARY KEY, c int)";
    private static final String CHECK = "ALTER TABLE t ADD CONSTRAINT x CHECK (c > 0)";
    private static final String PLAIN = "ALTER TABLE t RENAME CONSTRAINT x TO \"Y\"";
    private static final ChangeSpec CHANGE = rename("t", "x", "\"Y\"");

    private static ChangeSpec rename(String table, String name, String newName) {
        return ChangeSpec.of(new RenameConstraintSpec(table, name, newName));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aKeyAndItsIndex(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, List.of(T), List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aCheckAlsoWhereItIsInherited(PgServer server) throws SQLException {
        List<String> setup = List.of("CREATE TABLE t (c int)", "CREATE TABLE tc () INHERITS (t)");
        for (String check : List.of(CHECK, CHECK + " NO INHERIT", CHECK + " NOT VALID")) {
            PlanTrial.equalsPlain(
                    server, Stream.concat(setup.stream(), Stream.of(check)).toList(), List.of(PLAIN), CHANGE);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyOfAPartitionedTable(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE p (id int PRIMARY KEY)",
                        "CREATE TABLE t (id int, c int CONSTRAINT x REFERENCES p) PARTITION BY RANGE (id)",
                        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)"),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, PLAIN);
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, CHANGE).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "\"z\" of public.t is not there", rename("t", "z", "y"), T);
        PlanTrial.assertRefused(
                server,
                "y of public.t is there already",
                rename("t", "x", "y"),
                T,
                "ALTER TABLE t ADD CONSTRAINT y CHECK (c > 0)");
        PlanTrial.assertRefused(
                server,
                "is inherited",
                rename("tc", "x", "y"),
                "CREATE TABLE t (c int)",
                CHECK,
                "CREATE TABLE tc () INHERITS (t)");
    }
}
