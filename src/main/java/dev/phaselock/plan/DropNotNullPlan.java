package dev.phaselock.plan;

import dev.phaselock.change.DropNotNull;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Plans {@code DROP NOT NULL}: one brief step, under ACCESS EXCLUSIVE on the table and all that inherits from it. */
final class DropNotNullPlan {
    private DropNotNullPlan() {}

    static List<Phase> phases(DropNotNull change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Column column =
                Requirements.columns(table, List.of(change.column().name())).getFirst();
        planning.claimDefinition(table, "NOT NULL of " + column.name(), index);
        boolean done = !column.detailed().notNull();
        if (!done) {
            possible(table, column);
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        return planning.brief(
                "Drop NOT NULL of " + Names.shown(column.name()),
                index,
                done,
                new LockSet()
                        .add(table, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER COLUMN " + Names.quoted(column.name())
                        + " DROP NOT NULL"),
                Guards.sameDescendants(planning.major(), table));
    }

    private static void possible(Table table, Column column) {
        String name = Names.shown(column.name());
        if (table.primaryKey().contains(column.name())) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is in the primary key: its columns are NOT NULL".formatted(name, table.name()));
        }
        if (column.detailed().identity()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is an identity column, and those are NOT NULL".formatted(name, table.name()));
        }
        Optional<Constraint> inherited = table.constraints().stream()
                .filter(constraint -> constraint.kind() == 'n'
                        && constraint.inherited()
                        && column.name().equals(constraint.notNullColumn()))
                .findFirst();
        if (column.detailed().notNullByParent() || inherited.isPresent()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is NOT NULL by its parent: drop it there".formatted(name, table.name()));
        }
    }
}
