package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Constraints that take another's place. */
class ReplacementIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY)",
            "CREATE TABLE q (id int PRIMARY KEY)",
            "CREATE TABLE t (id int, a int CONSTRAINT \"C $1'\" CHECK (a > 0), b int CONSTRAINT k REFERENCES p,"
                    + " c int CONSTRAINT k2 REFERENCES q, d int CONSTRAINT u UNIQUE, e int CONSTRAINT u2 UNIQUE)",
            "CREATE TABLE child () INHERITS (t)",
            "CREATE TABLE r (id int CONSTRAINT c CHECK (id > 0)) PARTITION BY RANGE (id)",
            "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10)",
            "INSERT INTO p VALUES (1)",
            "INSERT INTO q VALUES (1)",
            "INSERT INTO t VALUES (1, 1, 1, 1, 1, 1)");

    /** As migrations write it. */
    private static final List<String> SAME_NAME = List.of(
            "ALTER TABLE t DROP CONSTRAINT \"C $1'\", ADD CONSTRAINT \"C $1'\" CHECK (a >= 0 AND d > 0)",
            "ALTER TABLE t DROP CONSTRAINT k",
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES q (id) ON DELETE CASCADE",
            "ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (d, e)",
            "ALTER TABLE r DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (id >= 0)");

    private static final List<String> OTHER_NAME = List.of(
            "ALTER TABLE t ADD CONSTRAINT n CHECK (a >= 0)",
            "ALTER TABLE t DROP CONSTRAINT \"C $1'\"",
            "ALTER TABLE t ADD CONSTRAINT nk FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE",
            "ALTER TABLE t DROP CONSTRAINT k",
            "ALTER TABLE t ADD CONSTRAINT nu UNIQUE (e, d)",
            "ALTER TABLE t DROP CONSTRAINT u2");

    private static final ChangeSpec[] OTHER_NAME_CHANGES = {
        check("n", "a >= 0", "\"C $1'\""), key("nk", "p", "k"), unique("nu", "u2", "e", "d")
    };

    private static ChangeSpec check(String name, String expression, String replaces) {
        return ChangeSpec.of(new AddCheckSpec("t", name, expression, null, replaces));
    }

    private static ChangeSpec key(@Nullable String name, String referenced, String replaces) {
        return ChangeSpec.of(new AddForeignKeySpec(
                "t",
                name,
                List.of("b"),
                new AddForeignKeySpec.References(referenced, null),
                AddForeignKeySpec.Action.CASCADE,
                null,
                null,
                null,
                null,
                null,
                replaces));
    }

    private static ChangeSpec unique(String name, String replaces, String... columns) {
        return ChangeSpec.of(new AddUniqueSpec("t", name, List.of(columns), null, null, null, null, null, replaces));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void constraintsAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, SETUP, SAME_NAME, Sql.changes(SAME_NAME));
        PlanTrial.equalsPlain(server, SETUP, OTHER_NAME, OTHER_NAME_CHANGES);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsThereIsDone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute(SAME_NAME.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, Sql.changes(SAME_NAME)).phases()).allMatch(Phase::done);
        }
        database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute(OTHER_NAME.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, OTHER_NAME_CHANGES).phases()).allMatch(Phase::done);
        }
    }

    /** Between any two of its statements: one of them holds. */
    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void thereIsNoGapBetweenThem(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        ChangeSpec[] changes = Sql.changes(SAME_NAME.get(0));
        try (Connection connection = database.connect()) {
            for (Phase phase : Plans.of(connection, changes).phases()) {
                assertThat(phase.steps()).hasSize(1);
                assertThat(database.query("SELECT count(*) > 0 FROM pg_constraint WHERE conrelid = 't'::regclass"
                                + " AND contype = 'c' AND convalidated"))
                        .containsExactly("t");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeReplacedIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "constraint \"missing\" of public.t is not there", check("n", "a > 1", "missing"));
        refused(database, "constraint \"n\" of public.t is not there", check("n", "a > 1", "n"));
        refused(database, "is there with another definition", check("u", "a > 1", "k"));
        database.execute("CREATE TABLE refers (d int REFERENCES t (d))");
        refused(database, "is needed by others", unique("nu", "u", "d", "e"));
        database.execute("ALTER TABLE r ADD COLUMN b int CONSTRAINT k REFERENCES p");
        refused(
                database,
                "give the new one another name",
                ChangeSpec.of(new AddForeignKeySpec(
                        "r",
                        "k",
                        List.of("b"),
                        new AddForeignKeySpec.References("q", null),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        "k")));
    }

    private static void refused(PgDatabase database, String message, ChangeSpec... changes) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, changes))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
