package dev.phaselock.change;

import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … DETACH PARTITION}.
 *
 * @param table the partitioned table
 */
public record DetachPartition(QualifiedName table, QualifiedName partition) implements Change {

    static DetachPartition of(DetachPartitionSpec spec, Fields fields) {
        DetachPartition change =
                new DetachPartition(fields.table("table", spec.table()), fields.table("partition", spec.partition()));
        if (change.table.equals(change.partition)) {
            throw fields.invalid("partition", "a table is no partition of itself");
        }
        return change;
    }

    @Override
    public List<QualifiedName> tables() {
        return List.of(table, partition);
    }

    @Override
    public boolean followsAllReferences() {
        return true;
    }

    @Override
    public String label() {
        return "detaching of " + partition.name() + " from " + table.name();
    }
}
