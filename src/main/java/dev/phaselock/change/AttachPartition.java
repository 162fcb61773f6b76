package dev.phaselock.change;

import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … ATTACH PARTITION}.
 *
 * @param table the partitioned table
 * @param bound as it was written; it cannot end the statement that it is put into (see {@link Enclosure}), but only the
 *     parser and the server know whether it is a bound
 */
public record AttachPartition(QualifiedName table, QualifiedName partition, String bound) implements Change {

    static AttachPartition of(AttachPartitionSpec spec, Fields fields) {
        AttachPartition change = new AttachPartition(
                fields.table("table", spec.table()),
                fields.table("partition", spec.partition()),
                fields.expression("bound", spec.bound()));
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
    public boolean comparesChecks() {
        return true;
    }

    @Override
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public boolean followsAllReferences() {
        return true;
    }

    @Override
    public String label() {
        return "partition " + partition.name() + " of " + table.name();
    }
}
