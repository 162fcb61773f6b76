package dev.phaselock.plan;

import dev.phaselock.change.SetStatistics;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans {@code SET STATISTICS}: one step, under SHARE UPDATE EXCLUSIVE on the table and all that inherits from it, which no
 * reader or writer notices. It counts from the next ANALYZE on.
 */
final class SetStatisticsPlan {
    private SetStatisticsPlan() {}

    static List<Phase> phases(SetStatistics change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Column column =
                Requirements.columns(table, List.of(change.column().name())).getFirst();
        planning.claimDefinition(table, "statistics of " + column.name(), index);
        if (column.generated() == 'v') {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is a virtual generated column, of which PostgreSQL keeps no statistics"
                            .formatted(change.column(), table.name()));
        }
        boolean done = column.detailed().statistics().equals(Set.of(change.target()));
        if (!done) {
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        return planning.brief(
                "Set the statistics of " + change.column(),
                index,
                done,
                new LockSet()
                        .add(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                        .addAll(table.descendants(), LockMode.SHARE_UPDATE_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER COLUMN "
                        + change.column().quoted() + " SET STATISTICS " + change.target()),
                Guards.sameDescendants(planning.major(), table));
    }
}
