package dev.phaselock.plan;

import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code SET (…)} and {@code RESET (…)} of storage parameters: one step, under SHARE UPDATE EXCLUSIVE, which no
 * reader or writer notices. But for one parameter: {@code user_catalog_table} needs ACCESS EXCLUSIVE.
 */
final class SetStorageParametersPlan {
    private static final String STRONG = "user_catalog_table";

    private SetStorageParametersPlan() {}

    static List<Phase> phases(SetStorageParameters change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        // Of a partitioned table PostgreSQL takes none: it has no rows.
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE));
        change.parameters()
                .forEach(parameter -> planning.claimDefinition(table, "parameter " + parameter.name(), index));
        boolean done = State.done(planning, index, table);
        if (!done) {
            requirements.owner(List.of(table));
        }
        boolean strong = change.parameters().stream()
                .anyMatch(parameter -> parameter.name().equals(STRONG));
        return planning.brief(
                "Set storage parameters of " + table.name(),
                index,
                done,
                new LockSet().add(table, strong ? LockMode.ACCESS_EXCLUSIVE : LockMode.SHARE_UPDATE_EXCLUSIVE),
                change.actions().stream()
                        .map(action -> "ALTER TABLE " + table.name().quoted() + " " + action)
                        .toList(),
                null);
    }
}
