package dev.phaselock.plan;

import dev.phaselock.change.DropIndex;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Plans {@code DROP INDEX CONCURRENTLY}: SHARE UPDATE EXCLUSIVE on the table, and a wait for those who still use the
 * index. A drop that ends before leaves it not valid; it is dropped all the same. PostgreSQL drops a partitioned index
 * not so, but in a moment: one brief step, under ACCESS EXCLUSIVE on the table and its partitions.
 */
final class DropIndexPlan {
    private DropIndexPlan() {}

    static List<Phase> phases(DropIndex change, int index, Planning planning) {
        String label = "Drop index " + Names.shown(change.name().name());
        if (change.namesIndexOnly() && !planning.facts().tables().containsKey(change.table())) {
            return List.of(planning.phase(PhaseType.INDEX, label, index, List.of()));
        }
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        String name = change.name().name();
        planning.claimName(table, name, index);
        Optional<Index> there = table.index(name);
        QualifiedName qualified = QualifiedName.of(Names.schema(table), name);
        if (there.isPresent()) {
            possible(table, there.get());
            requirements.owner(List.of(table));
        } else {
            requireNothingElse(planning, table, qualified);
        }
        if (table.partitioned()) {
            requireTable(change);
            return planning.brief(
                    label,
                    index,
                    there.isEmpty(),
                    new LockSet()
                            .add(table, LockMode.ACCESS_EXCLUSIVE)
                            .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE),
                    List.of("DROP INDEX " + qualified.quoted()),
                    Guards.sameDescendants(planning.major(), table));
        }
        return List.of(planning.phase(
                PhaseType.INDEX,
                label,
                index,
                List.of(new Step.Concurrent(
                        "Drop the index",
                        there.isEmpty(),
                        table.relation(),
                        new LockSet()
                                .add(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                                .toList(),
                        List.of("DROP INDEX CONCURRENTLY " + qualified.quoted()),
                        null,
                        null))));
    }

    /** Once it is gone nothing would say that its phase was another one. */
    private static void requireTable(DropIndex change) {
        if (change.namesIndexOnly()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "index %s is that of a partitioned table: dropIndex needs the table, too".formatted(change.name()));
        }
    }

    /** A name that means something else is not taken for an index that is gone. */
    private static void requireNothingElse(Planning planning, Table table, QualifiedName name) {
        String other = planning.facts().relations().get(name);
        if (other != null) {
            throw new RefusedException(
                    Reason.INVALID_TARGET, "%s is no index of %s: %s".formatted(name, table.name(), other));
        }
    }

    private static void possible(Table table, Index index) {
        String name = Names.shown(index.name());
        if (index.constraint() != null) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "index %s of %s belongs to its constraint %s: drop that one by dropConstraint"
                            .formatted(name, table.name(), Names.shown(index.constraint())));
        }
        if (index.attached()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "index %s of %s is a part of a partitioned table's index: drop that one"
                            .formatted(name, table.name()));
        }
        if (index.replicaIdentity()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "index %s of %s is its replica identity, by which logical replication names rows: ALTER TABLE %s REPLICA IDENTITY to another one first"
                            .formatted(name, table.name(), table.name().quoted()));
        }
        if (!index.dependents().isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "index %s of %s is needed by others, which would have to go first (nothing is dropped by CASCADE): %s"
                            .formatted(name, table.name(), String.join("; ", index.dependents())));
        }
    }
}
