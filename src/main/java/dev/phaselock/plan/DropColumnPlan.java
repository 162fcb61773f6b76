package dev.phaselock.plan;

import dev.phaselock.change.DropColumn;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code DROP COLUMN}: one brief step, under ACCESS EXCLUSIVE on the table, on all that inherits from it, and on the
 * tables to which foreign keys over the column refer, for their triggers go. No row is touched; the values stay in the
 * files until each row is written anew. Never CASCADE: what others depend on stays.
 */
final class DropColumnPlan {
    private DropColumnPlan() {}

    static List<Phase> phases(DropColumn change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        String name = change.column().name();
        Optional<Column> there = table.column(name);
        if (there.isPresent()) {
            possible(table, there.get());
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        List<Table> referenced = there.stream()
                .flatMap(column -> column.detailed().use().referenced().stream())
                .map(oid -> planning.facts().table(oid))
                .toList();
        LockSet locks = new LockSet()
                .add(table, LockMode.ACCESS_EXCLUSIVE)
                .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        referenced.forEach(other ->
                locks.addAll(DropConstraintPlan.withTriggers(other, planning.major()), LockMode.ACCESS_EXCLUSIVE));
        return planning.brief(
                "Drop column " + Names.shown(name),
                index,
                there.isEmpty(),
                locks,
                List.of("ALTER TABLE " + table.name().quoted() + " DROP COLUMN " + Names.quoted(name)),
                Guards.sameDescendants(
                        planning.major(),
                        Stream.concat(Stream.of(table), referenced.stream()).toArray(Table[]::new)));
    }

    private static void possible(Table table, Column column) {
        String name = Names.shown(column.name());
        ColumnUse use = column.detailed().use();
        if (use.inherited()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "column %s of %s belongs to a partitioned or parent table: drop it there"
                            .formatted(name, table.name()));
        }
        if (!use.dependents().isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "column %s of %s is needed by others, which would have to go first (nothing is dropped by CASCADE): %s"
                            .formatted(name, table.name(), String.join("; ", use.dependents())));
        }
    }
}
