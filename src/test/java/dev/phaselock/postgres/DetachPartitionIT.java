package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DetachPartitionIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY)",
            "CREATE TABLE t (id int, c int) PARTITION BY RANGE (id)",
            "CREATE INDEX ti ON t (c)",
            "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (c)",
            "CREATE TABLE t11 PARTITION OF t1 FOR VALUES FROM (0) TO (100)",
            "INSERT INTO t SELECT g, 1 FROM generate_series(0, 199) AS g");
    private static final String PLAIN = "ALTER TABLE t DETACH PARTITION t0";
    private static final ChangeSpec CHANGE = detach("t", "t0");

    private static ChangeSpec detach(String table, String partition) {
        return ChangeSpec.of(new DetachPartitionSpec(table, partition));
    }

    private static List<String> with(String... more) {
        List<String> all = new ArrayList<>(SETUP);
        all.addAll(List.of(more));
        return all;
    }

    private static String concurrently(PgServer server) {
        return server.major() >= 14 ? " CONCURRENTLY" : "";
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsATableByItselfAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, List.of(PLAIN + concurrently(server)), CHANGE);
    }

    /** CONCURRENTLY would wait for the writers of its partitions, and others behind it. */
    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void onePartitionedItselfIsDetachedBriefly(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, List.of("ALTER TABLE t DETACH PARTITION t1"), detach("t", "t1"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void besideADefaultPartitionAndAsOne(PgServer server) throws SQLException {
        List<String> setup = with("CREATE TABLE d PARTITION OF t DEFAULT");
        PlanTrial.equalsPlain(server, setup, List.of(PLAIN), CHANGE);
        PlanTrial.equalsPlain(server, setup, List.of("ALTER TABLE t DETACH PARTITION d"), detach("t", "d"));
        PlanTrial.equalsPlain(server, setup, List.of("ALTER TABLE t DETACH PARTITION t1"), detach("t", "t1"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withAForeignKey(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                with("DELETE FROM t", "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES p (id)"),
                List.of(PLAIN),
                CHANGE);
        PlanTrial.equalsPlain(
                server,
                with(
                        "DELETE FROM t",
                        "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                        "CREATE TABLE r0 PARTITION OF r FOR VALUES FROM (0) TO (100)",
                        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (c) REFERENCES r (id)"),
                List.of("ALTER TABLE t DETACH PARTITION t1"),
                detach("t", "t1"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsNoPartitionIsDoneAndOneOfAnotherTableOrWhoseRowsOthersReferToIsRefused(PgServer server)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(
                        "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                        "CREATE TABLE r0 PARTITION OF r FOR VALUES FROM (0) TO (100)",
                        "CREATE TABLE referring (id int REFERENCES r (id))")
                .toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, detach("t", "p")).phases()).allMatch(Phase::done);
        }
        refused(database, "public.t11 is a partition or a child of another table", detach("t", "t11"));
        refused(database, "foreign keys of public.referring refer", detach("r", "r0"));
        refused(database, "public.p is a table", detach("p", "t0"));
    }

    static Stream<PgServer> from14() {
        return PgServers.between(14, 18);
    }

    @ParameterizedTest
    @MethodSource("from14")
    void whatAnInterruptionLeftPendingIsFinalized(PgServer server) throws SQLException {
        PgDatabase plain = server.newDatabase();
        plain.execute(with(PLAIN + " CONCURRENTLY").toArray(String[]::new));
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        try (Connection reader = database.connect();
                Connection connection = database.connect();
                Statement reads = reader.createStatement();
                Statement statement = connection.createStatement()) {
            reader.setAutoCommit(false);
            reads.execute("SELECT FROM t");
            statement.execute("SET lock_timeout = '50ms'");
            assertThatThrownBy(() -> statement.execute(PLAIN + " CONCURRENTLY")).isInstanceOf(SQLException.class);
            assertThat(Plans.of(connection, CHANGE).phases()).singleElement().satisfies(phase -> {
                assertThat(phase.type()).isEqualTo(PhaseType.INDEX);
                assertThat(phase.sql()).singleElement().asString().endsWith(" FINALIZE");
                assertThat(phase.done()).isFalse();
            });
        }
        PlanTrial.carryOut(database, List.of(CHANGE));
        assertThat(PlanTrial.schema(database)).isEqualTo(PlanTrial.schema(plain));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
