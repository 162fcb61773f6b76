package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetRowSecuritySpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import dev.phaselock.plan.UndoPlan;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What undoes a change, for every operation that can be undone and every version (UNDO-1). */
class UndoIT {
    private static final List<Identifier> SCHEMAS = List.of(new Identifier("public"));
    private static final List<String> SETUP = List.of(
            "CREATE TABLE customers (id int PRIMARY KEY)",
            "CREATE TABLE t (a int, b int NOT NULL, c text, CONSTRAINT named CHECK (a > 0))",
            "CREATE TABLE empty (a int)",
            "CREATE TABLE p (id int, a int) PARTITION BY RANGE (id)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id)",
            "CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (100) TO (200)",
            "CREATE TABLE q (id int NOT NULL) PARTITION BY RANGE (id)",
            "CREATE TABLE q1 (id int NOT NULL)",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "INSERT INTO customers SELECT generate_series(1, 50)",
            "INSERT INTO t SELECT g, g, 'x' FROM generate_series(1, 50) AS g",
            "INSERT INTO p SELECT g, 1 + g % 50 FROM generate_series(1, 199) AS g",
            "INSERT INTO q1 VALUES (7)");

    private static ChangeSpec foreignKey(String table) {
        return Plans.key(table, "fk", List.of("a"), "customers", List.of("id"));
    }

    private static OperationSpec index(String table) {
        return new CreateIndexSpec(
                table, "i", List.of(CreateIndexSpec.Column.of("a")), null, null, null, null, null, null);
    }

    private static Stream<ChangeSpec> operations() {
        return Stream.concat(
                Stream.of(foreignKey("t"), foreignKey("p"), AddUniqueIT.unique("u", "a", "b"), attach()),
                Stream.of(
                                new AddCheckSpec("t", "ch", "b > 0", null),
                                new AddCheckSpec("p", "ch", "a > 0", null),
                                new SetNotNullSpec("t", "a"),
                                new SetNotNullSpec("p", "a"),
                                new AddPrimaryKeySpec("t", "k", List.of("a", "c"), null, null, null, null),
                                new AddPrimaryKeySpec("p", "k", List.of("id", "a"), null, null, null, null),
                                new AddUniqueSpec("p", "u", List.of("id"), null, null, null, null, null),
                                new AddExclusionSpec("empty", "x", "USING btree (a WITH =)"),
                                index("t"),
                                index("p"),
                                new RenameConstraintSpec("t", "named", "other"),
                                new AddColumnSpec("t", "n", "int", null, "7", true, null, null),
                                new CreateTableSpec("n", "id int PRIMARY KEY REFERENCES customers (id)", null),
                                new CreateTriggerSpec(
                                        "t",
                                        "tr",
                                        CreateTriggerSpec.Timing.AFTER,
                                        List.of(CreateTriggerSpec.Event.INSERT),
                                        null,
                                        CreateTriggerSpec.Level.ROW,
                                        null,
                                        "f",
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        null),
                                new SetRowSecuritySpec("t", true, null))
                        .map(ChangeSpec::of));
    }

    private static ChangeSpec attach() {
        return ChangeSpec.of(new AttachPartitionSpec("q", "q1", "FOR VALUES FROM (0) TO (100)"));
    }

    static Stream<Arguments> operationsAndVersions() {
        return PgServers.all().flatMap(server -> operations().map(operation -> Arguments.of(server, operation)));
    }

    @ParameterizedTest
    @MethodSource("operationsAndVersions")
    void afterChangeAndUndoingTheSchemaIsAsBeforeWhereverEitherWasKilled(PgServer server, ChangeSpec operation)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        List<String> before = schema(database);
        Change change = Changes.from(List.of(operation)).getFirst();
        assertThat(absent(database, change)).doesNotContain(false);
        int whole = forward(database, change, Integer.MAX_VALUE);
        assertThat(whole).isPositive();
        assertThat(schema(database)).isNotEqualTo(before);
        int undone = undo(database, change, Integer.MAX_VALUE);
        assertThat(undone).isPositive();
        assertThat(schema(database)).isEqualTo(before);
        for (int killed = 1; killed < whole; killed++) {
            forward(database, change, killed);
            undo(database, change, Integer.MAX_VALUE);
            assertThat(schema(database))
                    .as("killed after %d statements", killed)
                    .isEqualTo(before);
        }
        for (int killed = 1; killed < undone; killed++) {
            forward(database, change, Integer.MAX_VALUE);
            undo(database, change, killed);
            undo(database, change, Integer.MAX_VALUE);
            assertThat(schema(database))
                    .as("undoing killed after %d statements", killed)
                    .isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatWasThereIsNotAbsent(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        for (ChangeSpec operation : operations().toList()) {
            Change change = Changes.from(List.of(operation)).getFirst();
            forward(database, change, Integer.MAX_VALUE);
            assertThat(absent(database, change).getFirst()).as(change.label()).isFalse();
            undo(database, change, Integer.MAX_VALUE);
        }
        database.execute("CREATE INDEX other ON p1 (a)");
        assertThat(absent(
                        database,
                        Changes.from(List.of(ChangeSpec.of(index("p")))).getFirst()))
                .as("the index of a partition would become a part of the new one, and go with it")
                .doesNotContain(true);
        // Its columns are NOT NULL in part.
        assertThat(absent(
                        database,
                        Changes.from(List.of(ChangeSpec.of(
                                        new AddPrimaryKeySpec("t", "k", List.of("a", "b"), null, null, null, null))))
                                .getFirst()))
                .containsExactly(true, true, true, false, true);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatSomebodyAlteredSinceIsLeftAlone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        database.execute(
                "ALTER TABLE t ADD CONSTRAINT ch CHECK (b > -1)",
                "CREATE INDEX i ON t (b)",
                "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES customers (id)",
                "ALTER TABLE t ADD n bigint DEFAULT 7 NOT NULL",
                "CREATE TABLE n (id bigint)");
        List<String> before = schema(database);
        int refused = 0;
        for (ChangeSpec operation : operations().toList()) {
            Change change = Changes.from(List.of(operation)).getFirst();
            if (Stream.of("ch", "i", "fk", "n")
                    .noneMatch(name -> change.label().endsWith(" " + name)
                            && (change.table().name().name().equals("t")
                                    || change.table().name().name().equals("n")))) {
                continue;
            }
            assertThatThrownBy(() -> undo(database, change, Integer.MAX_VALUE))
                    .as(change.label())
                    .isInstanceOf(RefusedException.class)
                    .hasMessageStartingWith(change.label() + " is not undone: ");
            refused++;
        }
        assertThat(refused).isEqualTo(5);
        assertThat(schema(database)).isEqualTo(before);
    }

    /** A dropped column stays in the catalog for ever. */
    private static List<String> schema(PgDatabase database) throws SQLException {
        return Stream.concat(
                        PlanTrial.schema(database).stream(),
                        database
                                .query(
                                        "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
                                .stream())
                .filter(line -> !line.contains("........pg.dropped."))
                .toList();
    }

    private static List<Boolean> absent(PgDatabase database, Change change) throws SQLException {
        List<Boolean> absent = new ArrayList<>();
        try (Connection connection = database.connect()) {
            for (int part = 0; part < UndoPlan.parts(change); part++) {
                UndoPlan undoing = UndoPlan.of(change, part);
                var facts = CatalogReader.read(connection, undoing.changes(), SCHEMAS);
                try {
                    absent.add(undoing.absent(ValidationSpec.DEFAULT, facts));
                } catch (RefusedException _) {
                    absent.add(false);
                }
            }
        }
        return absent;
    }

    /** Returns how many statements or transactions it has carried out. */
    private static int forward(PgDatabase database, Change change, int most) throws SQLException {
        try (Connection connection = database.connect()) {
            return carryOut(database, connection, most, () -> PlanTrial.plan(connection, List.of(change)));
        }
    }

    private static int undo(PgDatabase database, Change change, int most) throws SQLException {
        int carriedOut = 0;
        try (Connection connection = database.connect()) {
            for (int part = 0; part < UndoPlan.parts(change) && carriedOut < most; part++) {
                UndoPlan undoing = UndoPlan.of(change, part);
                carriedOut += carryOut(
                        database,
                        connection,
                        most - carriedOut,
                        () -> undoing.plan(
                                ValidationSpec.DEFAULT, CatalogReader.read(connection, undoing.changes(), SCHEMAS)));
            }
        }
        return carriedOut;
    }

    private interface Planned {
        Plan plan() throws SQLException;
    }

    private static int carryOut(PgDatabase database, Connection connection, int most, Planned planned)
            throws SQLException {
        Plan plan = planned.plan();
        String hash = plan.hash();
        int carriedOut = 0;
        for (int i = 0; i < plan.phases().size(); i++) {
            for (Step step : plan.phases().get(i).steps()) {
                if (step.done()) {
                    continue;
                }
                if (step instanceof Step.Concurrent concurrent) {
                    for (String sql : concurrent.statements()) {
                        if (carriedOut == most) {
                            return carriedOut;
                        }
                        try (Statement statement = connection.createStatement()) {
                            statement.execute(sql);
                        }
                        carriedOut++;
                    }
                } else {
                    if (carriedOut == most) {
                        return carriedOut;
                    }
                    PlanTrial.carryOut(database, connection, step);
                    carriedOut++;
                }
            }
            plan = planned.plan();
            assertThat(plan.hash()).isEqualTo(hash);
        }
        assertThat(plan.phases())
                .filteredOn(phase -> phase.type().changesDatabase())
                .allMatch(Phase::done);
        return carriedOut;
    }
}
