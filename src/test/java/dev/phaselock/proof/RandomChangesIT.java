package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.PlanTrial;
import dev.phaselock.postgres.SchemaText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;

/**
 * Random changes of random tables: what Phaselock carries out ends in the schema and the rows of the plain statements, and
 * takes the locks of its plan, without a scan under a strong one; what it refuses leaves everything as it was; and it does
 * nothing where PostgreSQL itself would not.
 *
 * <p>How many tries: {@code jqwik.tries.default} in junit-platform.properties. A failure tells its seed, for
 * {@code @Property(seed = …)}.
 */
class RandomChangesIT {
    /** A table, and what is to become of it. */
    record Trial(RandomSchema schema, List<RandomChange> changes) {}

    @Provide
    Arbitrary<Trial> trials() {
        Arbitrary<String> names = Arbitraries.of(
                "a", "Total", "select", "x y", "größe", "it\"s", "dollar$1", "n".repeat(63), "ü".repeat(31), "%s");
        Arbitrary<List<RandomSchema.Column>> columns = Combinators.combine(
                        names,
                        Arbitraries.of(RandomSchema.Type.class),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false))
                .as(RandomSchema.Column::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .uniqueElements(RandomSchema.Column::name);
        Arbitrary<RandomSchema> schemas = Combinators.combine(
                        Arbitraries.integers().between(13, 18),
                        Arbitraries.of("t", "Order", "x.y", "table", "q'uote", "l".repeat(63)),
                        columns,
                        Arbitraries.of(true, false),
                        Arbitraries.of(RandomSchema.Partitions.class),
                        Arbitraries.integers().between(0, RandomSchema.MOST_ROWS))
                .as(RandomSchema::new);
        Arbitrary<RandomChange> changes = Combinators.combine(
                        Arbitraries.of(RandomChange.Kind.class),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 100))
                .as(RandomChange::new);
        return Combinators.combine(
                        schemas, changes.list().ofMinSize(1).ofMaxSize(2).uniqueElements(RandomChange::kind))
                .as(Trial::new);
    }

    // Bounded, it would go on beside the tests that follow.
    @Property(shrinking = ShrinkingMode.FULL, edgeCases = EdgeCasesMode.NONE)
    void theSchemaIsThatOfThePlainStatementsAndTheLocksAreThoseOfThePlan(@ForAll("trials") Trial trial)
            throws SQLException {
        RandomSchema schema = trial.schema();
        PgServer server = PgServers.of(schema.major());
        List<RandomChange.Both> both =
                trial.changes().stream().map(change -> change.of(schema)).toList();
        List<ChangeSpec> specs = both.stream().map(RandomChange.Both::change).toList();
        String about = "PostgreSQL " + schema.major() + ": "
                + both.stream().map(RandomChange.Both::statement).toList();
        PgDatabase plain = database(server, schema);
        boolean possible = true;
        for (RandomChange.Both one : both) {
            possible = possible && execute(plain, one.statement());
        }
        PgDatabase database = database(server, schema);
        List<String> before = SchemaText.of(database);
        List<PhaseResult> results = WholeRun.of(database, specs).untilItEnds();
        PhaseResult last = results.getLast();
        Statistics.collect(last.outcome());
        if (last.outcome() == Outcome.DONE) {
            assertThat(possible).as("the plain statements fail: %s", about).isTrue();
            assertThat(SchemaText.of(database)).as(about).containsExactlyInAnyOrderElementsOf(SchemaText.of(plain));
            assertThat(SchemaText.rows(database)).as(about).containsExactlyInAnyOrderElementsOf(SchemaText.rows(plain));
            PgDatabase tried = database(server, schema);
            if (!isDone(tried, specs)) {
                PlanTrial.carryOut(tried, specs);
                assertThat(SchemaText.of(tried)).as(about).containsExactlyInAnyOrderElementsOf(SchemaText.of(plain));
            }
            tried.drop();
        } else {
            assertThat(last.outcome()).as("%s: %s", about, last.message()).isEqualTo(Outcome.REFUSED);
            assertThat(results)
                    .as("only Preflight ran: %s: %s", about, last.message())
                    .hasSize(1);
            assertThat(last.message()).isNotBlank();
            assertThat(SchemaText.of(database)).containsExactlyInAnyOrderElementsOf(before);
        }
        plain.drop();
        database.drop();
    }

    private static boolean isDone(PgDatabase database, List<ChangeSpec> specs) throws SQLException {
        try (Connection connection = database.connect()) {
            List<Change> changes = Changes.from(specs);
            return PlanTrial.plan(connection, changes).validated();
        } catch (RefusedException | InvalidChangeException e) {
            throw new AssertionError("what the runner did is refused", e);
        }
    }

    private static boolean execute(PgDatabase database, String statement) {
        try {
            database.execute(statement);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static PgDatabase database(PgServer server, RandomSchema schema) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(schema.sql().toArray(String[]::new));
        return database;
    }
}
