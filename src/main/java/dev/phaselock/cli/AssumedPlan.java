package dev.phaselock.cli;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddDomainConstraint;
import dev.phaselock.change.AddEnumValue;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AlterConstraint;
import dev.phaselock.change.AlterType;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropColumn;
import dev.phaselock.change.DropConstraint;
import dev.phaselock.change.DropDefault;
import dev.phaselock.change.DropIndex;
import dev.phaselock.change.DropNotNull;
import dev.phaselock.change.DropTable;
import dev.phaselock.change.DropTrigger;
import dev.phaselock.change.Expressions;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.change.Reindex;
import dev.phaselock.change.RenameConstraint;
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetNotNull;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.change.SetStatistics;
import dev.phaselock.change.SetStorage;
import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.change.ValidateConstraint;
import dev.phaselock.lint.VolatileFunctions;
import dev.phaselock.plan.CatalogFacts;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.ColumnUse;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.Probe;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.RequestedChanges;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /** Which functions are volatile is known of PostgreSQL's own ones only. */
    private static Probe added(AddColumn column, PgParser parser) {
        boolean anew =
                column.defaultExpression() != null && VolatileFunctions.anyIn(parser, column.defaultExpression());
        return new Probe.Altered(
                column.type(),
                null,
                Set.of(),
                anew,
                !anew,
                List.of(),
                anew ? new Probe.Filling(List.of(), List.of()) : null);
    }

    private static CatalogFacts facts(List<Change> changes, String schema, PgParser parser) {
        Map<QualifiedName, Set<String>> columns = new LinkedHashMap<>();
        Map<QualifiedName, List<List<String>>> keys = new LinkedHashMap<>();
        Map<QualifiedName, List<Constraint>> constraints = new LinkedHashMap<>();
        Map<QualifiedName, List<Index>> indexes = new LinkedHashMap<>();
        Set<Identifier> notNull = changes.stream()
                .flatMap(change -> change instanceof DropNotNull drop ? Stream.of(drop.column()) : Stream.empty())
                .collect(Collectors.toSet());
        Set<QualifiedName> partitioned = new HashSet<>();
        List<Probe> probes = new ArrayList<>();
        for (Change change : changes) {
            Set<String> ofTable = columns.computeIfAbsent(change.table(), _ -> new LinkedHashSet<>());
            if (!(change instanceof AddColumn)) {
                change.detailedColumns().forEach(column -> ofTable.add(column.name()));
            }
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
                case AddColumn column -> probes.add(added(column, parser));
                case AlterType type ->
                    probes.add(new Probe.Altered(type.type(), null, Set.of(), false, true, List.of()));
                case SetDefault set -> probes.add(new Probe.Default(Set.of(set.expression())));
                case ValidateConstraint validate -> constraint(change, validate.name(), constraints, probes);
                case DropConstraint drop -> constraint(change, drop.name(), constraints, probes);
                case RenameConstraint rename -> constraint(change, rename.name(), constraints, probes);
                case CreateIndex index -> {
                    index.namedColumns().forEach(column -> ofTable.add(column.name()));
                    probes.add(built(index));
                }
                case AddKey key -> {
                    key.key().namedColumns().forEach(column -> ofTable.add(column.name()));
                    List<String> names =
                            key.key().columns().stream().map(Identifier::name).toList();
                    String definition = key.key().indexDefinition();
                    probes.add(new Probe.Built(
                            Set.of(definition), names, names, null, key.key().constraintDefinition()));
                    if (key.key().usingIndex() != null) {
                        indexes.computeIfAbsent(change.table(), _ -> new ArrayList<>())
                                .add(index(key.key().usingIndex(), definition, true));
                    }
                }
                case DropIndex drop -> {
                    indexes.computeIfAbsent(change.table(), _ -> new ArrayList<>())
                            .add(index(drop.name(), "…", false));
                    probes.add(new Probe.None());
                }
                case AttachPartition attach -> {
                    partitioned.add(attach.table());
                    columns.computeIfAbsent(attach.partition(), _ -> new LinkedHashSet<>());
                    // What that means for the rows only the database knows.
                    String rows = "rows of " + attach.bound();
                    probes.add(new Probe.Partition(
                            0,
                            null,
                            false,
                            attach.bound(),
                            rows,
                            Set.of(rows),
                            null,
                            Set.of(),
                            0,
                            List.of(),
                            List.of()));
                }
                case DetachPartition detach -> {
                    partitioned.add(detach.table());
                    columns.computeIfAbsent(detach.partition(), _ -> new LinkedHashSet<>());
                    // There: tables get their oids in the order in which they are named first.
                    long oid = 16_384L + List.copyOf(columns.keySet()).indexOf(detach.table());
                    probes.add(new Probe.Partition(
                            oid, "…", false, null, null, Set.of(), null, Set.of(), 0, List.of(), List.of()));
                }
                case AlterConstraint alter -> {
                    constraints
                            .computeIfAbsent(change.table(), _ -> new ArrayList<>())
                            .add(foreignKey(alter));
                    probes.add(new Probe.None());
                }
                case AddEnumValue value -> {
                    Set<String> values = new LinkedHashSet<>();
                    Stream.of(value.before(), value.after())
                            .filter(Objects::nonNull)
                            .forEach(values::add);
                    QualifiedName type = value.table().schema() == null
                            ? new QualifiedName(
                                    new Identifier(schema), value.table().name())
                            : value.table();
                    probes.add(new Probe.EnumType(type, "you", true, values));
                }
                case SetRowSecurity _, SetReplicaIdentity _ -> probes.add(new Probe.State(false));
                case CreateTrigger trigger ->
                    probes.add(new Probe.Trigger(
                            Set.of(trigger.statement("", false)), null, false, false, false, false, true, List.of()));
                case DropTable _ -> probes.add(new Probe.TableUse(List.of(), List.of(), false));
                case CreateTable table -> {
                    table.referencedTables()
                            .forEach(referenced -> columns.computeIfAbsent(referenced, _ -> new LinkedHashSet<>()));
                    QualifiedName name = table.table().schema() == null
                            ? new QualifiedName(
                                    new Identifier(schema), table.table().name())
                            : table.table();
                    probes.add(new Probe.NewTable(name, List.of(), null, null, true));
                }
                case AddDomainConstraint check -> {
                    QualifiedName domain = check.table().schema() == null
                            ? new QualifiedName(
                                    new Identifier(schema), check.table().name())
                            : check.table();
                    probes.add(new Probe.Domain(domain, "you", true, Set.of(check.expression()), null, "", true));
                }
                case AddExclusion exclusion ->
                    probes.add(new Probe.Exclusion("EXCLUDE " + exclusion.definition(), true));
                case Reindex reindex -> {
                    indexes.computeIfAbsent(change.table(), _ -> new ArrayList<>())
                            .add(index(reindex.name() == null ? new Identifier("…") : reindex.name(), "…", false));
                    probes.add(new Probe.None());
                }
                case RunStatement run ->
                    probes.add(new Probe.Statement(
                            run.effect() == RunStatement.Effect.DROPPED,
                            run.effect() != RunStatement.Effect.DROPPED,
                            null,
                            null,
                            locks(run, schema)));
                case AddIdentity _ -> probes.add(new Probe.Identity(' ', true, false, false));
                case DropTrigger _ ->
                    probes.add(new Probe.Trigger(Set.of(), "…", false, false, false, false, true, List.of()));
                case SetStorageParameters _ -> probes.add(new Probe.State(false));
                case Comment comment -> {
                    if (comment.name() != null && comment.on() == Comment.On.CONSTRAINT) {
                        constraint(change, comment.name(), constraints, probes);
                        probes.removeLast();
                    } else if (comment.name() != null) {
                        ofTable.add(comment.name().name());
                    }
                    probes.add(new Probe.State(false));
                }
                case SetNotNull _, DropNotNull _, DropDefault _, DropColumn _, SetStatistics _, SetStorage _ ->
                    probes.add(new Probe.None());
            }
        }
        Map<QualifiedName, Table> tables = new LinkedHashMap<>();
        columns.forEach((name, names) -> tables.put(
                name,
                table(
                        16_384 + tables.size(),
                        name,
                        partitioned.contains(name) ? Kind.PARTITIONED : Kind.TABLE,
                        schema,
                        names.stream().map(column -> column(column, notNull)).toList(),
                        keys.getOrDefault(name, List.of()),
                        constraints.getOrDefault(name, List.of()),
                        indexes.getOrDefault(name, List.of()))));
        Server server = new Server(180_000, VERSION, false, false, "you", "yours", true);
        return new CatalogFacts(server, tables, List.of(), List.of(), Map.of(), Map.of(), probes);
    }

    /** As if all were there. */
    private static List<RelationLock> locks(RunStatement run, String schema) {
        return run.locks().stream()
                .map(locked -> new RelationLock(
                        new Relation(
                                16_000,
                                locked.relation().schema() == null
                                        ? new QualifiedName(
                                                new Identifier(schema),
                                                locked.relation().name())
                                        : locked.relation()),
                        locked.mode(),
                        false))
                .toList();
    }

    /** There, and valid. */
    private static Index index(Identifier name, String definition, boolean unique) {
        return new Index(name.name(), definition, List.of(), unique, false, true, false, false, false, null, List.of());
    }

    /** Of expressions only the database knows what they are called. */
    private static Probe built(CreateIndex index) {
        List<String> names = new ArrayList<>();
        index.columns()
                .forEach(column ->
                        names.add(column.name() == null ? "expr" : column.name().name()));
        List<String> keys = List.copyOf(names);
        index.include().forEach(column -> names.add(column.name()));
        return new Probe.Built(Set.of(index.definition()), names, keys, null, null);
    }

    /** There, and not valid: of which kind only the database knows. */
    private static void constraint(
            Change change, Identifier name, Map<QualifiedName, List<Constraint>> constraints, List<Probe> probes) {
        constraints
                .computeIfAbsent(change.table(), _ -> new ArrayList<>())
                .add(new Constraint(
                        name.name(),
                        "CHECK (…)",
                        List.of(),
                        false,
                        true,
                        false,
                        false,
                        false,
                        "…",
                        null,
                        'c',
                        false,
                        null,
                        List.of(),
                        List.of()));
        probes.add(new Probe.None());
    }

    /** There, and not as it is to be. */
    private static Constraint foreignKey(AlterConstraint alter) {
        return new Constraint(
                alter.name().name(),
                "FOREIGN KEY (…)",
                List.of(),
                true,
                true,
                true,
                false,
                false,
                null,
                new CatalogFacts.ForeignKey(
                        0,
                        List.of(),
                        List.of(),
                        AddForeignKeySpec.Action.NO_ACTION,
                        Set.of(),
                        AddForeignKeySpec.Action.NO_ACTION,
                        AddForeignKeySpec.Match.SIMPLE,
                        !alter.deferrable(),
                        false,
                        false),
                'f',
                false,
                null,
                List.of(),
                List.of());
    }

    private static Column column(String name, Set<Identifier> notNull) {
        boolean marked = notNull.contains(new Identifier(name));
        return new Column(
                name,
                "integer",
                null,
                ' ',
                true,
                true,
                // Some default, which no expression that is set is like.
                new CatalogFacts.ColumnDetails(
                        marked, marked, false, false, Set.of("…"), Set.of(), Set.of(), ColumnUse.NONE));
    }

    private static Table table(
            long oid,
            QualifiedName name,
            Kind kind,
            String schema,
            List<Column> columns,
            List<List<String>> keys,
            List<Constraint> constraints,
            List<Index> indexes) {
        QualifiedName qualified = name.schema() == null ? new QualifiedName(new Identifier(schema), name.name()) : name;
        List<CatalogFacts.UniqueKey> unique = new ArrayList<>();
        keys.stream().distinct().forEach(key -> unique.add(new CatalogFacts.UniqueKey(key, unique.isEmpty(), true)));
        return new Table(
                new Relation(oid, qualified),
                kind,
                'p',
                -1,
                "you",
                true,
                new Privileges(true, true, true, true, true, true, false),
                columns,
                unique,
                constraints,
                indexes,
                List.of());
    }
}
