package dev.phaselock.plan;

import dev.phaselock.change.AlterType;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Plans {@code ALTER COLUMN … TYPE} where PostgreSQL writes no row anew, builds no index and checks no constraint: one brief
 * step, under ACCESS EXCLUSIVE on the table and all that inherits from it. Whether it is so the server itself says, of a
 * temporary table with the same columns and indexes. A constraint of the column is always checked anew, and refused; so
 * is one that comes before the locks are there, by the guard.
 */
final class AlterTypePlan {
    private static final String BY_HAND =
            "By hand: add a column of the new type (addColumn), let a trigger and batches fill it, and rename both";

    private final AlterType change;
    private final Planning planning;
    private final Table table;
    private final Column column;

    private AlterTypePlan(AlterType change, Planning planning) {
        this.change = change;
        this.planning = planning;
        this.table = new Requirements(planning.facts()).table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        this.column =
                Requirements.columns(table, List.of(change.column().name())).getFirst();
    }

    static List<Phase> phases(AlterType change, int index, Planning planning) {
        return new AlterTypePlan(change, planning).phases(index);
    }

    private List<Phase> phases(int index) {
        Probe.Altered wanted = ColumnProbe.of(
                planning.probe(index),
                "PostgreSQL does not take another type of %s of %s".formatted(change.column(), table.name()));
        boolean done = column.type().equals(wanted.type()) && Objects.equals(column.collation(), wanted.collation());
        if (!done) {
            requireAlterable();
            requireNoWork(wanted);
            new Requirements(planning.facts()).owner(all());
        }
        return planning.brief(
                "Change the type of " + change.column(),
                index,
                done,
                new LockSet()
                        .add(table, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " " + change.action(wanted.type())),
                Guards.all(Guards.sameDescendants(planning.major(), table), Guards.sameIndexesAndConstraints(all())));
    }

    private List<Table> all() {
        return Stream.concat(Stream.of(table), table.descendants().stream()).toList();
    }

    private void requireAlterable() {
        ColumnUse use = column.detailed().use();
        if (column.generated() != ' ' || column.detailed().identity()) {
            throw refused("it is a generated or identity column, which is written anew. " + BY_HAND);
        }
        if (use.inherited()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "column %s of %s belongs to a partitioned or parent table: change it there"
                            .formatted(change.column(), table.name()));
        }
        if (!use.dependents().isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "column %s of %s is used by others, which would have to go first, and come again: %s"
                            .formatted(change.column(), table.name(), String.join("; ", use.dependents())));
        }
        List<String> checked = all().stream()
                .flatMap(each -> each.constraints().stream()
                        .filter(this::isChecked)
                        .map(constraint -> Names.shown(constraint.name()) + " of " + each.name()))
                .toList();
        if (!checked.isEmpty()) {
            throw refused(
                    "it would check all rows for constraints of the column while everybody waits: %s. By hand: dropConstraint, alterType, then add it again (addCheck, addForeignKey), each in a SchemaChange of its own"
                            .formatted(String.join("; ", checked)));
        }
    }

    /** Keys have indexes, and NOT NULL is no matter of the type; a check may name the whole row. */
    private boolean isChecked(Constraint constraint) {
        return (constraint.kind() == 'c' || constraint.kind() == 'f' || constraint.kind() == 'x')
                && (constraint.columns().contains(column.name())
                        || constraint.columns().contains(""));
    }

    private void requireNoWork(Probe.Altered wanted) {
        if (wanted.rewritten()) {
            throw refused("it would write every row anew while everybody waits. " + BY_HAND);
        }
        if (!wanted.rebuilt().isEmpty()) {
            throw refused(
                    "it would build indexes anew while everybody waits: %s. By hand: dropIndex, alterType, then createIndex, each in a SchemaChange of its own"
                            .formatted(String.join(
                                    "; ",
                                    all().stream()
                                            .flatMap(each -> each.indexes().stream()
                                                    .filter(built ->
                                                            wanted.rebuilt().contains(built.definition()))
                                                    .map(built -> Names.shown(built.name()) + " of " + each.name()))
                                            .collect(Collectors.toList()))));
        }
    }

    private RefusedException refused(String why) {
        return new RefusedException(
                Reason.UNSUPPORTED,
                "PostgreSQL does not only change the type of %s of %s: %s"
                        .formatted(change.column(), table.name(), why));
    }
}
