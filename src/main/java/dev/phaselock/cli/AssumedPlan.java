package dev.phaselock.cli;

import dev.phaselock.change.Change;
import dev.phaselock.change.Expressions;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.plan.CatalogFacts;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.RequestedChanges;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.PgParser;
import java.util.List;
import java.util.Map;

/**
 * A plan without a database: as if all tables were there, ordinary, with the columns that the changes name, and nothing of
 * the changes were there yet. What they are built upon by others of them is foreseen as with a database ({@code Foreseen}).
 */
final class AssumedPlan {
    /** The version that is assumed. */
    static final String VERSION = "18";

    private AssumedPlan() {}

    static PhaseResult of(PhaseRequest request) {
        try {
            List<Change> changes = RequestedChanges.of(request.changes(), request.sql());
            PgParser parser = new PgParser();
            Expressions.require(changes, parser);
            Plan plan = Planner.plan(changes, request.validation(), facts(changes, schema(request), parser));
            return result(Outcome.DONE, Reason.SUCCEEDED, "Planned for ordinary tables.", PhaseRunner.summary(plan));
        } catch (RefusedException e) {
            return result(Outcome.REFUSED, e.reason(), e.getMessage(), null);
        } catch (InvalidChangeException e) {
            return result(
                    Outcome.REFUSED,
                    e.inExpression() ? Reason.INVALID_EXPRESSION : Reason.INVALID_SPEC,
                    e.getMessage(),
                    null);
        }
    }

    private static Identifier schema(PhaseRequest request) {
        List<String> schemas = request.database().schemas();
        return schemas == null || schemas.isEmpty() ? new Identifier("public") : Identifier.parse(schemas.getFirst());
    }

    private static PhaseResult result(Outcome outcome, Reason reason, String message, PhaseResult.PlanSummary plan) {
        return new PhaseResult(
                outcome, reason, message, null, null, plan, LockReport.NONE, List.of(), List.of(), null, null);
    }

    private static CatalogFacts facts(List<Change> changes, Identifier schema, PgParser parser) {
        AssumedTables tables = new AssumedTables(changes, schema);
        AssumedProbes probes = new AssumedProbes(tables, parser);
        Server server = new Server(180_000, VERSION, false, false, "you", "yours", true);
        return new CatalogFacts(
                server,
                tables.there(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                changes.stream().map(probes::of).toList());
    }
}
