package dev.phaselock.plan;

import dev.phaselock.change.CreateTable;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code CREATE TABLE}: one brief step. Nobody can wait for the new table, but a foreign key of it locks the table
 * that it refers to, and its partitions, under SHARE ROW EXCLUSIVE.
 */
final class CreateTablePlan {
    private final CreateTable change;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;

    private CreateTablePlan(CreateTable change, int index, Planning planning) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
    }

    static List<Phase> phases(CreateTable change, int index, Planning planning) {
        return new CreateTablePlan(change, index, planning).phases();
    }

    private List<Phase> phases() {
        List<Table> referenced = change.referencedTables().stream()
                .map(name -> requirements.table(name, EnumSet.of(Kind.TABLE, Kind.PARTITIONED)))
                .toList();
        Probe.NewTable probe = probe();
        boolean done = done(probe);
        LockSet locks = new LockSet();
        for (Table table : referenced) {
            if (!done) {
                List<Column> columns =
                        table.columns().stream().filter(Column::references).toList();
                requirements.references(
                        table, columns.isEmpty() ? Requirements.columns(table, table.primaryKey()) : columns);
                Requirements.ownerReads(table);
            }
            locks.add(table, LockMode.SHARE_ROW_EXCLUSIVE);
            if (table.partitioned()) {
                locks.addAll(table.descendants(), LockMode.SHARE_ROW_EXCLUSIVE);
            }
        }
        locks.addCreated(probe.name());
        return planning.brief(
                "Create table " + probe.name(),
                index,
                done,
                locks,
                List.of(change.statement(probe.name().quoted(), change.elements())),
                Guards.sameDescendants(planning.major(), referenced.toArray(Table[]::new)));
    }

    private Probe.NewTable probe() {
        return switch (planning.probe(index)) {
            case Probe.NewTable found -> found;
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_EXPRESSION,
                        "PostgreSQL does not take the definition of %s: %s"
                                .formatted(change.table(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a new table");
        };
    }

    private boolean done(Probe.NewTable probe) {
        if (probe.other() != null) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s is there already, and no ordinary table: it is a %s".formatted(probe.name(), probe.other()));
        }
        List<String> there = probe.there();
        if (there == null) {
            if (!probe.allowed()) {
                String schema = String.valueOf(probe.name().schema());
                throw new RefusedException(
                        Reason.PERMISSION_DENIED,
                        "role %s may not create in the schema of %s: GRANT CREATE ON SCHEMA %s TO %s"
                                .formatted(
                                        Names.shown(planning.facts().server().role()),
                                        probe.name(),
                                        schema,
                                        Names.quoted(planning.facts().server().role())));
            }
            return false;
        }
        List<String> more = new ArrayList<>(there);
        probe.wanted().forEach(more::remove);
        List<String> less = new ArrayList<>(probe.wanted());
        there.forEach(less::remove);
        LaterChanges later = planning.later(index);
        List<String> unwanted = later.notMade(more);
        List<String> missing = later.notAltered(less);
        if (unwanted.isEmpty() && missing.isEmpty()) {
            return true;
        }
        throw new RefusedException(
                Reason.CONFLICTING_DEFINITION,
                "table %s is there with another definition: it has %s where %s is wanted; alter it by changes of their own (addColumn, addCheck and the like)"
                        .formatted(probe.name(), shown(unwanted), shown(missing)));
    }

    private static String shown(List<String> parts) {
        return parts.isEmpty() ? "nothing" : String.join("; ", parts);
    }
}
