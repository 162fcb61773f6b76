package dev.phaselock.change;

import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … ALTER COLUMN … SET NOT NULL}. */
public record SetNotNull(QualifiedName table, Identifier column) implements Change {

    static SetNotNull of(SetNotNullSpec spec, Fields fields) {
        return new SetNotNull(fields.table("table", spec.table()), fields.identifier("column", spec.column()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public boolean letsPostgresqlChooseName() {
        return true;
    }

    @Override
    public boolean comparesChecks() {
        return true;
    }

    @Override
    public String label() {
        return "NOT NULL of " + column;
    }
}
