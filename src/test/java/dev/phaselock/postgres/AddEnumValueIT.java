package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddEnumValueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddEnumValueIT {
    private static final String[] SETUP = {
        "CREATE TYPE \"E'$1\" AS ENUM ('a', 'c')",
        "CREATE TYPE pair AS (a int, b int)",
        "CREATE TABLE t (e \"E'$1\")",
        "INSERT INTO t VALUES ('a')"
    };
    private static final String VALUES = "SELECT enumlabel FROM pg_enum ORDER BY enumsortorder";

    private static ChangeSpec add(String type, String value, @Nullable String before, @Nullable String after) {
        return ChangeSpec.of(new AddEnumValueSpec(type, value, before, after));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theyAreInTheirPlaces(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        List<ChangeSpec> changes = List.of(
                add("\"E'$1\"", "d", null, null),
                add("public.\"E'$1\"", "it's $b$ \\", "c", null),
                add("\"E'$1\"", "b", null, "a"));
        PlanTrial.carryOut(database, changes);
        assertThat(database.query(VALUES)).containsExactly("a", "b", "it's $b$ \\", "c", "d");
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, changes.toArray(ChangeSpec[]::new)).phases())
                    .allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theRunnerAddsOneWhileItsTableIsLocked(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        ChangeSpec change = add("\"E'$1\"", "b", null, null);
        try (Connection other = database.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE t");
            String hash =
                    run(database, change, PhaseRequest.PREFLIGHT, null).plan().hash();
            PhaseResult result = run(database, change, "1-apply", hash);
            assertThat(result.outcome()).as(result.message()).isEqualTo(PhaseResult.Outcome.DONE);
            assertThat(result.applied()).isTrue();
        }
        assertThat(database.query(VALUES)).containsExactly("a", "c", "b");
    }

    private static PhaseResult run(PgDatabase database, ChangeSpec change, String phase, @Nullable String hash) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        List.of(change),
                        new LocksSpec("100ms", "1s", "30s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsNoEnumOrNoNeighbourIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        refused(database, "missing is not there", add("missing", "b", null, null));
        refused(database, "pair is no enum type", add("pair", "b", null, null));
        refused(database, "has no value 'x'", add("\"E'$1\"", "b", "x", null));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
