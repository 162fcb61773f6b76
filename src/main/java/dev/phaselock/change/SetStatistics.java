package dev.phaselock.change;

import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … ALTER COLUMN … SET STATISTICS}.
 *
 * @param target 0 to 10000; -1 for {@code default_statistics_target}
 */
public record SetStatistics(QualifiedName table, Identifier column, int target) implements Change {
    private static final int MAX_TARGET = 10_000;

    static SetStatistics of(SetStatisticsSpec spec, Fields fields) {
        int target = fields.required("target", spec.target());
        if (target < -1 || target > MAX_TARGET) {
            throw fields.invalid("target", "-1 to " + MAX_TARGET + " is wanted");
        }
        return new SetStatistics(
                fields.table("table", spec.table()), fields.identifier("column", spec.column()), target);
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public String label() {
        return "statistics of " + column;
    }
}
