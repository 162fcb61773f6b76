package dev.phaselock.change;

import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY}, and NOT NULL of its columns before. */
public record AddPrimaryKey(QualifiedName table, @Nullable Identifier name, KeyDefinition key) implements AddKey {

    static AddPrimaryKey of(AddPrimaryKeySpec spec, Fields fields) {
        return new AddPrimaryKey(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                KeyDefinition.of(
                        true,
                        spec.columns(),
                        spec.include(),
                        null,
                        spec.deferrable(),
                        spec.initiallyDeferred(),
                        spec.usingIndex(),
                        fields));
    }

    /** What each of its columns needs first. */
    public List<SetNotNull> notNull() {
        return key.columns().stream()
                .map(column -> new SetNotNull(table, column))
                .toList();
    }

    @Override
    public List<Identifier> detailedColumns() {
        return key.columns();
    }

    @Override
    public boolean comparesChecks() {
        return true;
    }

    @Override
    public String label() {
        return name != null ? "primary key " + name : "primary key of " + table;
    }
}
