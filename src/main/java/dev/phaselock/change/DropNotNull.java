package dev.phaselock.change;

import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … ALTER COLUMN … DROP NOT NULL}. */
public record DropNotNull(QualifiedName table, Identifier column) implements Change {

    static DropNotNull of(DropNotNullSpec spec, Fields fields) {
        return new DropNotNull(fields.table("table", spec.table()), fields.identifier("column", spec.column()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public String label() {
        return "drop NOT NULL of " + column;
    }
}
