package dev.phaselock.change;

import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.api.SetStorageSpec.Storage;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … ALTER COLUMN … SET STORAGE}. */
public record SetStorage(QualifiedName table, Identifier column, Storage storage) implements Change {

    static SetStorage of(SetStorageSpec spec, Fields fields) {
        return new SetStorage(
                fields.table("table", spec.table()),
                fields.identifier("column", spec.column()),
                fields.required("storage", spec.storage()));
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(column);
    }

    @Override
    public String label() {
        return "storage of " + column;
    }
}
