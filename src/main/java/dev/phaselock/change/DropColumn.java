package dev.phaselock.change;

import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … DROP COLUMN … RESTRICT}. */
public record DropColumn(QualifiedName table, Identifier column) implements Change {

    static DropColumn of(DropColumnSpec spec, Fields fields) {
        return new DropColumn(fields.table("table", spec.table()), fields.identifier("column", spec.column()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public boolean changesColumns() {
        return true;
    }

    @Override
    public String label() {
        return "drop column " + column;
    }
}
