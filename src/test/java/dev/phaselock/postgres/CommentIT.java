package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CommentSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommentIT {
    private static final String TEXT = "it's \\ $phaselock$ \" -- ; ? ü";
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int CONSTRAINT \"K $1'\" PRIMARY KEY, \"C %'$1\" int)",
            "CREATE INDEX i ON t (\"C %'$1\")",
            "COMMENT ON INDEX i IS 'old'",
            "CREATE TABLE p (id int) PARTITION BY RANGE (id)");
    private static final String COMMENTS =
            "SELECT objsubid, description FROM pg_description WHERE objoid >= 16384 ORDER BY 1, 2";

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theyAreAsThePlainStatementsWriteThem(PgServer server) throws SQLException {
        String quoted = "E'" + TEXT.replace("\\", "\\\\").replace("'", "''") + "'";
        PgDatabase plain = server.newDatabase();
        plain.execute(SETUP.toArray(String[]::new));
        plain.execute(
                "COMMENT ON TABLE t IS " + quoted,
                "COMMENT ON COLUMN t.\"C %'$1\" IS " + quoted,
                "COMMENT ON CONSTRAINT \"K $1'\" ON t IS " + quoted,
                "COMMENT ON INDEX i IS NULL",
                "COMMENT ON TABLE p IS " + quoted);
        List<ChangeSpec> changes = List.of(
                ChangeSpec.of(new CommentSpec("t", null, null, null, TEXT)),
                ChangeSpec.of(new CommentSpec("t", "\"C %'$1\"", null, null, TEXT)),
                ChangeSpec.of(new CommentSpec("t", null, "\"K $1'\"", null, TEXT)),
                ChangeSpec.of(new CommentSpec("t", null, null, "i", "")),
                ChangeSpec.of(new CommentSpec("p", null, null, null, TEXT)));
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        PlanTrial.carryOut(database, changes);
        assertThat(database.query(COMMENTS)).hasSize(4).isEqualTo(plain.query(COMMENTS));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, changes.toArray(ChangeSpec[]::new)).phases())
                    .allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void onWhatIsNotThereItIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "it has no index missing", new CommentSpec("t", null, null, "missing", "c"));
        refused(database, "constraint \"missing\"", new CommentSpec("t", null, "missing", null, "c"));
        refused(database, "column \"missing\"", new CommentSpec("t", "missing", null, null, "c"));
    }

    private static void refused(PgDatabase database, String message, CommentSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, ChangeSpec.of(change)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
