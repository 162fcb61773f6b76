package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans what changes a column's default: one brief step, under ACCESS EXCLUSIVE on the table and all that inherits from
 * it, whose defaults PostgreSQL changes too. No row is touched.
 */
final class DefaultPlan {
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Column column;

    DefaultPlan(QualifiedName name, Identifier columnName, int index, Planning planning) {
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(name, EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        this.column = Requirements.columns(table, List.of(columnName.name())).getFirst();
        planning.claimDefinition(table, "default of " + column.name(), index);
    }

    /** @param wanted as the server may write the default down; the empty text for none */
    List<Phase> phases(String label, Set<String> wanted, String action) {
        if (column.generated() != ' ' || column.detailed().identity()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is %s column, which has no default"
                            .formatted(
                                    Names.shown(column.name()),
                                    table.name(),
                                    column.generated() != ' ' ? "a generated" : "an identity"));
        }
        boolean done = wanted.containsAll(column.detailed().defaults());
        if (!done) {
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        return planning.brief(
                label,
                index,
                done,
                new LockSet()
                        .add(table, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER COLUMN " + Names.quoted(column.name()) + " "
                        + action),
                Guards.sameDescendants(planning.major(), table));
    }
}
