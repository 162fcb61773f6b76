package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddPrimaryKeyIT {
    private static final String T = "CREATE TABLE t (c int, d int NOT NULL, \"C %'$1\" text)";
    private static final String ROWS = "INSERT INTO t SELECT g, g, g FROM generate_series(1, 100) AS g";

    static ChangeSpec primaryKey(@Nullable String name, String... columns) {
        return ChangeSpec.of(new AddPrimaryKeySpec("t", name, List.of(columns), null, null, null, null));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aKeyOfColumnsThatMayBeNullIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, List.of(T, ROWS), List.of("ALTER TABLE t ADD PRIMARY KEY (c)"), primaryKey(null, "c"));
        PlanTrial.equalsPlain(
                server,
                List.of(T, ROWS),
                List.of("ALTER TABLE t ADD CONSTRAINT \"P'1 $phaselock$ ;\" PRIMARY KEY (d, \"C %'$1\") INCLUDE (c)"
                        + " DEFERRABLE INITIALLY DEFERRED"),
                ChangeSpec.of(new AddPrimaryKeySpec(
                        "t", "\"P'1 $phaselock$ ;\"", List.of("d", "\"C %'$1\""), List.of("c"), true, true, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anIndexThatIsThereBecomesTheKey(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(T, ROWS, "CREATE UNIQUE INDEX i ON t (c, d)"),
                List.of("ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY USING INDEX i"),
                ChangeSpec.of(new AddPrimaryKeySpec("t", null, List.of("c", "d"), null, null, null, "i")));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aKeyThatIsThereIsAdoptedAndAnotherIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(T, ROWS, "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (c)");
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, primaryKey(null, "c")).phases()).allMatch(Phase::done);
            assertThat(Plans.of(connection, primaryKey("k", "c")).phases()).allMatch(Phase::done);
        }
        refused(database, "k PRIMARY KEY (c); wanted: PRIMARY KEY (d)", primaryKey(null, "d"));
        refused(database, "the table's primary key of public.t is there otherwise: k", primaryKey("other", "c"));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
