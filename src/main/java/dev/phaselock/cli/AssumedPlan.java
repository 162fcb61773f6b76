package dev.phaselock.cli;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.change.Expressions;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.plan.CatalogFacts;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Probe;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Relation;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A plan without a database: as if all tables were there, ordinary, with the columns that the changes name, and nothing of
 * the changes were there yet.
 */
final class AssumedPlan {
    /** The version that is assumed. */
    static final String VERSION = "18";

    private AssumedPlan() {}

    static PhaseResult of(PhaseRequest request) {
        try {
            List<Change> changes = Changes.from(request.changes());
            Expressions.require(changes);
            Plan plan = Planner.plan(changes, request.validation(), facts(changes, schema(request)));
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

    private static String schema(PhaseRequest request) {
        List<String> schemas = request.database().schemas();
        return schemas == null || schemas.isEmpty()
                ? "public"
                : Identifier.parse(schemas.getFirst()).name();
    }

    private static PhaseResult result(Outcome outcome, Reason reason, String message, PhaseResult.PlanSummary plan) {
        return new PhaseResult(
                outcome, reason, message, null, null, plan, LockReport.NONE, List.of(), List.of(), null, null);
    }

    private static CatalogFacts facts(List<Change> changes, String schema) {
        Map<QualifiedName, Set<String>> columns = new LinkedHashMap<>();
        Map<QualifiedName, List<List<String>>> keys = new LinkedHashMap<>();
        List<Probe> probes = new ArrayList<>();
        for (Change change : changes) {
            Set<String> ofTable = columns.computeIfAbsent(change.table(), _ -> new LinkedHashSet<>());
            switch (change) {
                case AddForeignKey key -> {
                    key.columns().forEach(column -> ofTable.add(column.name()));
                    // Without columns it refers to the primary key, whose columns only the database knows.
                    List<String> referenced = key.referencedColumns().isEmpty()
                            ? key.columns().size() == 1
                                    ? List.of("id")
                                    : key.columns().stream()
                                            .map(Identifier::name)
                                            .toList()
                            : key.referencedColumns().stream()
                                    .map(Identifier::name)
                                    .toList();
                    columns.computeIfAbsent(key.referencedTable(), _ -> new LinkedHashSet<>())
                            .addAll(referenced);
                    keys.computeIfAbsent(key.referencedTable(), _ -> new ArrayList<>())
                            .add(referenced);
                    probes.add(new Probe.Key(key.columns().stream()
                            .map(_ -> new Comparison("OPERATOR(pg_catalog.=)", null))
                            .toList()));
                }
                case AddCheck check ->
                    probes.add(new Probe.Check(check.expression(), Set.of(check.expression()), List.of()));
            }
        }
        Map<QualifiedName, Table> tables = new LinkedHashMap<>();
        columns.forEach((name, names) -> tables.put(
                name, table(16_384 + tables.size(), name, schema, names, keys.getOrDefault(name, List.of()))));
        Server server = new Server(180_000, VERSION, false, false, "you", "yours", true);
        return new CatalogFacts(server, tables, List.of(), Map.of(), probes);
    }

    private static Table table(
            long oid, QualifiedName name, String schema, Set<String> columns, List<List<String>> keys) {
        QualifiedName qualified = name.schema() == null ? new QualifiedName(new Identifier(schema), name.name()) : name;
        List<CatalogFacts.UniqueKey> unique = new ArrayList<>();
        keys.stream().distinct().forEach(key -> unique.add(new CatalogFacts.UniqueKey(key, unique.isEmpty(), true)));
        return new Table(
                new Relation(oid, qualified),
                Kind.TABLE,
                'p',
                -1,
                "you",
                true,
                new Privileges(true, true, true, true, true, false),
                columns.stream()
                        .map(column -> new Column(column, "integer", null, ' ', true, true))
                        .toList(),
                unique,
                List.of(),
                List.of());
    }
}
