package dev.phaselock.change;

import dev.phaselock.api.DropDefaultSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … ALTER COLUMN … DROP DEFAULT}. */
public record DropDefault(QualifiedName table, Identifier column) implements Change {

    static DropDefault of(DropDefaultSpec spec, Fields fields) {
        return new DropDefault(fields.table("table", spec.table()), fields.identifier("column", spec.column()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public String label() {
        return "drop default of " + column;
    }
}
