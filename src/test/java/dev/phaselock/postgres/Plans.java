package dev.phaselock.postgres;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes plans from the catalog of a test database, and carries them out plainly. */
final class Plans {
    private Plans() {}

    static ChangeSpec key(
            String table, @Nullable String name, List<String> columns, String referenced, @Nullable List<String> keys) {
        return ChangeSpec.of(new AddForeignKeySpec(
                table, name, columns, new References(referenced, keys), null, null, null, null, null, null));
    }

    static ChangeSpec check(String table, @Nullable String name, String expression) {
        return ChangeSpec.of(new AddCheckSpec(table, name, expression, null));
    }

    static Plan of(Connection connection, ChangeSpec... specs) throws SQLException {
        return in(connection, List.of("public"), specs);
    }

    static Plan in(Connection connection, List<String> schemas, ChangeSpec... specs) throws SQLException {
        List<Change> changes = Changes.from(List.of(specs));
        return Planner.plan(
                changes,
                ValidationSpec.DEFAULT,
                CatalogReader.read(
                        connection,
                        changes,
                        schemas.stream().map(Identifier::new).toList()));
    }

    /** All statements of the steps that are not done. */
    static void carryOut(Connection connection, Plan plan) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            for (Phase phase : plan.phases()) {
                for (Step step : phase.steps()) {
                    if (!step.done()) {
                        switch (step) {
                            case Step.Brief brief -> {
                                for (String sql : brief.statements()) {
                                    statement.execute(sql);
                                }
                            }
                            case Step.Backfill backfill -> statement.execute(backfill.statement());
                            case Step.Validate validate -> statement.execute(validate.statement());
                            case Step.Concurrent concurrent -> {
                                for (String sql : concurrent.statements()) {
                                    statement.execute(sql);
                                }
                            }
                            case Step.Verify _ -> {}
                        }
                    }
                }
            }
        }
    }

    /** How many rows the steps of the plan find that violate something. */
    static long violations(Connection connection, Plan plan) throws SQLException {
        long count = 0;
        List<Step.ViolationQuery> queries = plan.phases().stream()
                .flatMap(phase -> phase.steps().stream())
                .flatMap(step ->
                        step instanceof Step.Validate validate ? validate.violations().stream() : Stream.empty())
                .toList();
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            for (Step.ViolationQuery query : queries) {
                try (ResultSet row = statement.executeQuery("SELECT count(*) FROM ONLY "
                        + query.tableName().quoted() + " AS " + query.alias() + " WHERE " + query.predicate())) {
                    row.next();
                    count += row.getLong(1);
                }
            }
        }
        return count;
    }
}
