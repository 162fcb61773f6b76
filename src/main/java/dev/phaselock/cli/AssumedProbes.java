package dev.phaselock.cli;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddDomainConstraint;
import dev.phaselock.change.AddEnumValue;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AlterType;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropTable;
import dev.phaselock.change.DropTrigger;
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.lint.VolatileFunctions;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.Probe;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.PgParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a server would make of changes whose expressions it takes as they are written. */
final class AssumedProbes {
    private final AssumedTables tables;
    private final PgParser parser;

    AssumedProbes(AssumedTables tables, PgParser parser) {
        this.tables = tables;
        this.parser = parser;
    }

    Probe of(Change change) {
        return switch (change) {
            case AddForeignKey key -> key(key);
            case AddCheck check -> check(check);
            case AddColumn column -> added(column);
            case AlterType type -> new Probe.Altered(type.type(), null, Set.of(), false, true, List.of());
            case SetDefault set -> new Probe.Default(Set.of(set.expression()));
            case CreateIndex index -> built(index);
            case AddKey key -> {
                List<String> names =
                        key.key().columns().stream().map(Identifier::name).toList();
                yield new Probe.Built(
                        Set.of(key.key().indexDefinition()),
                        names,
                        names,
                        null,
                        key.key().constraintDefinition());
            }
            case AttachPartition attach -> {
                // What that means for the rows only the database knows.
                String rows = "rows of " + attach.bound();
                yield new Probe.Partition(
                        0, null, false, attach.bound(), rows, Set.of(rows), null, Set.of(), 0, List.of(), List.of());
            }
            case DetachPartition detach ->
                new Probe.Partition(
                        tables.table(detach.table()).relation().oid(),
                        "…",
                        false,
                        null,
                        null,
                        Set.of(),
                        null,
                        Set.of(),
                        0,
                        List.of(),
                        List.of());
            case AddEnumValue value ->
                new Probe.EnumType(
                        tables.qualified(value.table()),
                        "you",
                        true,
                        Stream.of(value.before(), value.after())
                                .filter(Objects::nonNull)
                                .collect(Collectors.toSet()));
            case SetRowSecurity _, SetReplicaIdentity _, SetStorageParameters _, Comment _ -> new Probe.State(false);
            case CreateTrigger trigger ->
                new Probe.Trigger(
                        Set.of(trigger.statement("", false)), null, false, false, false, false, true, List.of());
            case DropTrigger _ -> new Probe.Trigger(Set.of(), "…", false, false, false, false, true, List.of());
            case DropTable _ -> new Probe.TableUse(List.of(), List.of(), false);
            case CreateTable table ->
                new Probe.NewTable(
                        tables.qualified(table.table()), List.of(), null, null, true, tables.table(table.table()));
            case AddDomainConstraint check ->
                new Probe.Domain(
                        tables.qualified(check.table()), "you", true, Set.of(check.expression()), null, "", true);
            case AddExclusion exclusion -> new Probe.Exclusion("EXCLUDE " + exclusion.definition(), true);
            case AddIdentity _ -> new Probe.Identity(' ', true, false, false);
            case RunStatement run ->
                new Probe.Statement(
                        run.effect() == RunStatement.Effect.DROPPED,
                        run.effect() != RunStatement.Effect.DROPPED,
                        null,
                        null,
                        locks(run));
            default -> new Probe.None();
        };
    }

    /** As if all were there. */
    private List<RelationLock> locks(RunStatement run) {
        return run.locks().stream()
                .map(locked -> new RelationLock(
                        new Relation(16_000, tables.qualified(locked.relation())), locked.mode(), false))
                .toList();
    }

    private static Probe key(AddForeignKey key) {
        return new Probe.Key(key.columns().stream()
                .map(_ -> new Comparison("OPERATOR(pg_catalog.=)", null))
                .toList());
    }

    private static Probe check(AddCheck check) {
        return new Probe.Check(check.expression(), Set.of(check.expression()), List.of());
    }

    /** Which functions are volatile is known of PostgreSQL's own ones only. */
    private Probe added(AddColumn column) {
        boolean anew =
                column.defaultExpression() != null && VolatileFunctions.anyIn(parser, column.defaultExpression());
        Probe.Altered altered = new Probe.Altered(
                column.type(),
                null,
                Stream.ofNullable(column.expression()).collect(Collectors.toSet()),
                anew,
                !anew,
                List.of(),
                anew ? new Probe.Filling(List.of(), List.of()) : null);
        return column.key() == null && column.check() == null
                ? altered
                : new Probe.NewColumn(
                        altered,
                        column.key() == null ? new Probe.None() : key(column.key()),
                        column.check() == null ? new Probe.None() : check(column.check()));
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
}
