package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropIndexIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL)",
            "CREATE INDEX \"I $1'\" ON t (c)",
            "CREATE UNIQUE INDEX u ON t (c)",
            "CREATE UNIQUE INDEX replica ON t (c)",
            "CREATE TABLE other (c int REFERENCES t (c))",
            "CREATE INDEX elsewhere ON other (c)",
            "ALTER TABLE t REPLICA IDENTITY USING INDEX replica",
            "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)",
            "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20)",
            "CREATE INDEX pi ON p (id)");

    static ChangeSpec drop(@Nullable String table, String name) {
        return ChangeSpec.of(new DropIndexSpec(table, name));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsGoneAsAfterThePlainStatement(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, SETUP, List.of("DROP INDEX \"I $1'\""), drop("t", "\"I $1'\""), drop("t", "not_there"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itsTableIsFoundByItsName(PgServer server) throws SQLException {
        List<String> setup = Stream.concat(
                        SETUP.stream(),
                        Stream.of(
                                "CREATE SCHEMA s",
                                "CREATE TABLE s.other (c int)",
                                "CREATE INDEX elsewhere ON s.other (c)"))
                .toList();
        PlanTrial.equalsPlain(
                server,
                setup,
                List.of("DROP INDEX \"I $1'\"", "DROP INDEX s.elsewhere"),
                drop(null, "\"I $1'\""),
                drop(null, "s.elsewhere"),
                drop(null, "not_there"));
        PgDatabase database = server.newDatabase();
        database.execute(setup.toArray(String[]::new));
        refused(database, "constraint t_pkey: drop that one by dropConstraint", drop(null, "t_pkey"));
        refused(database, "public.other is no index", drop(null, "other"));
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, drop(null, "pi")))
                    .hasMessage("index pi is that of a partitioned table: dropIndex needs the table, too");
            assertThatThrownBy(() -> Plans.of(connection, drop(null, "elsewhere"), drop("other", "elsewhere")))
                    .hasMessageContaining("changes[0] and changes[1] are both about elsewhere");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAPartitionedTableItGoesFromAllPartitions(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, List.of("DROP INDEX pi"), drop("p", "pi"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatADropThatWasInterruptedLeftIsDropped(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\"I $1''\"'::regclass");
        PlanTrial.carryOut(database, List.of(drop("t", "\"I $1'\"")));
        database.execute("CREATE INDEX dead ON t (c)");
        database.execute(
                "UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false WHERE indexrelid = 'dead'::regclass");
        PlanTrial.carryOut(database, List.of(drop("t", "dead")));
        assertThat(database.query("SELECT relname FROM pg_class WHERE relname IN ('dead', 'I $1''')"))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatOthersNeedStays(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "constraint t_pkey: drop that one by dropConstraint", drop("t", "t_pkey"));
        refused(database, "replica identity", drop("t", "replica"));
        refused(database, "part of a partitioned table's index", drop("p1", "p1_id_idx"));
        refused(
                database,
                "is no index of public.t: index public.elsewhere of table public.other",
                drop("t", "elsewhere"));
        refused(database, "is no index of public.t", drop("t", "other"));
        String used = database.queryOne("SELECT conindid::regclass::text FROM pg_constraint WHERE contype = 'f'"
                + " AND conrelid = 'other'::regclass");
        if (!"replica".equals(used)) {
            refused(database, "constraint other_c_fkey on table public.other", drop("t", used));
        }
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
