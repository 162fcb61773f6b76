package dev.phaselock.change;

import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import org.jspecify.annotations.Nullable;

/** {@code ALTER TABLE … ADD CONSTRAINT … UNIQUE}. */
public record AddUnique(
        QualifiedName table,
        @Nullable Identifier name,
        KeyDefinition key,
        @Nullable Identifier replaces) implements AddKey {

    static AddUnique of(AddUniqueSpec spec, Fields fields) {
        return new AddUnique(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                KeyDefinition.of(
                        false,
                        spec.columns(),
                        spec.include(),
                        spec.nullsNotDistinct(),
                        spec.deferrable(),
                        spec.initiallyDeferred(),
                        spec.usingIndex(),
                        fields),
                fields.replaced(spec.replaces(), spec.name()));
    }

    @Override
    public String label() {
        return name != null ? "unique key " + name : "unique key of " + table;
    }
}
