package dev.phaselock.plan;

import dev.phaselock.change.SetStorage;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans {@code SET STORAGE}: one brief step, under ACCESS EXCLUSIVE on the table and all that inherits from it. Rows that
 * are there stay as they are. Whether the type has such a storage the server itself says.
 */
final class SetStoragePlan {
    private SetStoragePlan() {}

    static List<Phase> phases(SetStorage change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Column column =
                Requirements.columns(table, List.of(change.column().name())).getFirst();
        planning.claimDefinition(table, "storage of " + column.name(), index);
        if (planning.probe(index) instanceof Probe.Failed failed) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "PostgreSQL does not take this storage of %s of %s: %s"
                            .formatted(change.column(), table.name(), failed.message()));
        }
        boolean done = column.detailed().storages().equals(Set.of(code(change)));
        if (!done) {
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        return planning.brief(
                "Set the storage of " + change.column(),
                index,
                done,
                new LockSet()
                        .add(table, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER COLUMN "
                        + change.column().quoted() + " SET STORAGE " + change.storage()),
                Guards.sameDescendants(planning.major(), table));
    }

    /** As in {@code pg_attribute.attstorage}. */
    private static String code(SetStorage change) {
        return switch (change.storage()) {
            case PLAIN -> "p";
            case EXTERNAL -> "e";
            case EXTENDED -> "x";
            case MAIN -> "m";
        };
    }
}
