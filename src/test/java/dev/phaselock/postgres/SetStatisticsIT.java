package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetStatisticsIT {
    private static final String TARGETS = "SELECT attrelid::regclass, coalesce(attstattarget, -1) FROM pg_attribute"
            + " WHERE attname = 'c' AND attrelid::regclass::text ~ '^t' ORDER BY attrelid";
    private static final String[] PARTITIONED = {
        "CREATE TABLE t (id int, c text) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
        "ALTER TABLE t1 ALTER c SET STATISTICS 7"
    };

    private static ChangeSpec set(String column, int target) {
        return ChangeSpec.of(new SetStatisticsSpec("t", column, target));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asThePlainStatementMakesIt(PgServer server) throws SQLException {
        for (int target : new int[] {500, 0, -1}) {
            PgDatabase database = server.newDatabase();
            PgDatabase plain = server.newDatabase();
            for (PgDatabase each : List.of(database, plain)) {
                each.execute(PARTITIONED);
            }
            PlanTrial.carryOut(database, List.of(set("c", target)));
            plain.execute("ALTER TABLE t ALTER c SET STATISTICS " + target);
            assertThat(database.query(TARGETS)).isEqualTo(plain.query(TARGETS)).hasSize(2);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwner(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE TABLE t (c int)", "ALTER TABLE t ALTER c SET STATISTICS 9");
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, set("c", 9)).phases()).allMatch(Phase::done);
            assertThatThrownBy(() -> Plans.of(connection, set("c", -1)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is not the owner of public.t");
            assertThatThrownBy(() -> Plans.of(connection, set("x", 1)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is not there");
        }
    }
}
