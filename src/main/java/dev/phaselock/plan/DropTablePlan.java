package dev.phaselock.plan;

import dev.phaselock.change.Change;
import dev.phaselock.change.DropConstraint;
import dev.phaselock.change.DropTable;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe.TableUse.Dependent;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans {@code DROP TABLE}: one brief step, under ACCESS EXCLUSIVE on the table and its partitions, and on the tables to
 * which its foreign keys refer, for their triggers go. Never CASCADE: what others depend on stays.
 */
final class DropTablePlan {
    private DropTablePlan() {}

    static List<Phase> phases(DropTable change, int index, Planning planning, List<Change> earlier) {
        Requirements requirements = new Requirements(planning.facts());
        Probe.TableUse use = switch (planning.probe(index)) {
            case Probe.TableUse found -> found;
            case Probe.Failed failed ->
                throw new RefusedException(Reason.INVALID_SPEC, "%s: %s".formatted(change.table(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a table");
        };
        LockSet locks = new LockSet();
        @Nullable String guard = null;
        String statement = "DROP TABLE " + change.table().quoted();
        boolean there = planning.facts().tables().containsKey(change.table());
        if (there) {
            Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
            possible(table, use, earlier, planning.facts());
            requirements.owner(List.of(table));
            List<Table> referenced = use.referenced().stream()
                    .map(oid -> planning.facts().table(oid))
                    .filter(other -> !other.equals(table))
                    .toList();
            locks.add(table, LockMode.ACCESS_EXCLUSIVE).addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
            referenced.forEach(other ->
                    locks.addAll(DropConstraintPlan.withTriggers(other, planning.major()), LockMode.ACCESS_EXCLUSIVE));
            statement = "DROP TABLE " + table.name().quoted();
            guard = Guards.sameDescendants(
                    planning.major(),
                    Stream.concat(Stream.of(table), referenced.stream()).toArray(Table[]::new));
        }
        return planning.brief("Drop table " + change.table(), index, !there, locks, List.of(statement), guard);
    }

    private static void possible(Table table, Probe.TableUse use, List<Change> earlier, CatalogFacts facts) {
        if (use.partition()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s is a partition, and dropping it would lock the whole partitioned table: first a SchemaChange with detachPartition"
                            .formatted(table.name()));
        }
        List<String> dependents = use.dependents().stream()
                .filter(dependent -> !goes(dependent, earlier, facts))
                .map(Dependent::description)
                .toList();
        if (!dependents.isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s is needed by others, which would have to go first (nothing is dropped by CASCADE): %s"
                            .formatted(table.name(), String.join("; ", dependents)));
        }
    }

    /** Whether an earlier change of the same plan drops a foreign key, or its table. */
    private static boolean goes(Dependent dependent, List<Change> earlier, CatalogFacts facts) {
        return earlier.stream().anyMatch(change -> {
            Table table = facts.tables().get(change.table());
            return table != null
                    && table.relation().oid() == dependent.table()
                    && (change instanceof DropTable
                            || (change instanceof DropConstraint drop
                                    && drop.name().name().equals(dependent.constraint())));
        });
    }
}
