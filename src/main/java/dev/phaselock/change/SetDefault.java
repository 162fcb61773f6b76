package dev.phaselock.change;

import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … ALTER COLUMN … SET DEFAULT}.
 *
 * @param expression as it was written; see {@link AddCheck}
 */
public record SetDefault(QualifiedName table, Identifier column, String expression) implements Change {

    static SetDefault of(SetDefaultSpec spec, Fields fields) {
        return new SetDefault(
                fields.table("table", spec.table()),
                fields.identifier("column", spec.column()),
                fields.expression("expression", spec.expression()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public String label() {
        return "default of " + column;
    }
}
