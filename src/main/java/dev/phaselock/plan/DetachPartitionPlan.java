package dev.phaselock.plan;

import dev.phaselock.change.DetachPartition;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;

/**
 * Plans {@code DETACH PARTITION}. From 14 on CONCURRENTLY: SHARE UPDATE EXCLUSIVE on the partitioned table, and a wait for
 * all who use it still; only then ACCESS EXCLUSIVE on the partition, which nobody reaches by the partitioned table any
 * more. Where that was interrupted, FINALIZE. PostgreSQL has no such way before 14 and beside a default partition; with
 * a foreign key it would stand in the queue of the referenced table's writers, and with partitions of the partition in
 * that of theirs, who still come by the partitioned table. There it is one brief step, under ACCESS EXCLUSIVE on the
 * partitioned table too.
 */
final class DetachPartitionPlan {
    private static final int CONCURRENTLY_SINCE = 14;

    /** Before, a partitioned table has no triggers of a foreign key of its own. Measured (DetachPartitionIT). */
    private static final int PARTITIONED_HAS_TRIGGERS_SINCE = 15;

    private final Planning planning;
    private final Table table;
    private final Table partition;
    private final Probe.Partition there;

    private DetachPartitionPlan(Planning planning, Table table, Table partition, Probe.Partition there) {
        this.planning = planning;
        this.table = table;
        this.partition = partition;
        this.there = there;
    }

    static List<Phase> phases(DetachPartition change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.PARTITIONED));
        Table partition =
                requirements.table(change.partition(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED, Kind.FOREIGN));
        planning.claimDefinition(partition, "partition of another", index);
        Probe.Partition there = there(planning, index);
        boolean done = there.there() == 0;
        if (!done) {
            if (there.there() != table.relation().oid()) {
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "%s is a partition or a child of another table, and not of %s"
                                .formatted(partition.name(), table.name()));
            }
            requirements.owner(List.of(table, partition));
        }
        DetachPartitionPlan plan = new DetachPartitionPlan(planning, table, partition, there);
        String label = "Detach " + partition.name() + " from " + table.name();
        // Of one type in all cases: what follows from the catalog may be another case once it is done.
        Step step = there.pending() || plan.concurrently()
                ? plan.concurrent(done)
                : new Step.Brief(
                        "Detach it",
                        done,
                        plan.briefLocks().toList(),
                        List.of(plan.detach()),
                        Guards.all(
                                Guards.sameDescendants(planning.major(), table), done ? null : plan.isNoReferenced()));
        return List.of(planning.phase(PhaseType.INDEX, label, index, List.of(step)));
    }

    private boolean concurrently() {
        return planning.major() >= CONCURRENTLY_SINCE
                && there.defaultPartition() == 0
                // It would take ACCESS EXCLUSIVE on each of them first (measured: DetachPartitionIT).
                && !partition.partitioned()
                && partition.constraints().stream().noneMatch(constraint -> constraint.kind() == 'f');
    }

    private Step concurrent(boolean done) {
        return new Step.Concurrent(
                "Detach it",
                done,
                table.relation(),
                new LockSet()
                        .add(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                        .add(partition, LockMode.ACCESS_EXCLUSIVE)
                        .toList(),
                List.of(detach() + (there.pending() ? " FINALIZE" : " CONCURRENTLY")),
                null,
                null);
    }

    private LockSet briefLocks() {
        List<Constraint> keys = partition.constraints().stream()
                .filter(constraint -> constraint.kind() == 'f' && !constraint.ownPart())
                .toList();
        boolean weakly = planning.major() < CONCURRENTLY_SINCE && (keys.isEmpty() || !partition.partitioned());
        LockSet locks = new LockSet()
                .add(table, LockMode.ACCESS_EXCLUSIVE)
                .add(partition, weakly ? LockMode.SHARE_UPDATE_EXCLUSIVE : LockMode.ACCESS_EXCLUSIVE)
                .addAll(partition.descendants(), LockMode.ACCESS_EXCLUSIVE);
        table.descendants().stream()
                .filter(part -> part.relation().oid() == there.defaultPartition())
                .forEach(part -> locks.add(part, LockMode.ACCESS_EXCLUSIVE));
        if (!partition.partitioned() || planning.major() >= PARTITIONED_HAS_TRIGGERS_SINCE) {
            keys.stream()
                    .map(key -> planning.facts()
                            .table(Objects.requireNonNull(key.foreignKey()).referenced()))
                    .forEach(referenced -> locks.add(referenced, LockMode.SHARE_ROW_EXCLUSIVE)
                            .addAll(
                                    referenced.partitioned() ? referenced.descendants() : List.of(),
                                    LockMode.SHARE_ROW_EXCLUSIVE));
        }
        return locks;
    }

    /** Under the locks: a key that refers to it would have all its rows read. */
    private String isNoReferenced() {
        return "NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.contype = 'f' AND c.conparentid <> 0 AND c.confrelid = %d)"
                .formatted(partition.relation().oid());
    }

    private String detach() {
        return "ALTER TABLE " + table.name().quoted() + " DETACH PARTITION "
                + partition.name().quoted();
    }

    private static Probe.Partition there(Planning planning, int index) {
        return switch (planning.probe(index)) {
            case Probe.Partition found -> found;
            case Probe.Failed failed -> throw new RefusedException(Reason.UNSUPPORTED, failed.message());
            default -> throw new IllegalStateException("the probe of another operation for a partition");
        };
    }
}
