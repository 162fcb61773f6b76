package dev.phaselock.change;

import dev.phaselock.api.DropTriggerSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;

/** {@code DROP TRIGGER … RESTRICT}. */
public record DropTrigger(QualifiedName table, Identifier name) implements Change {

    static DropTrigger of(DropTriggerSpec spec, Fields fields) {
        return new DropTrigger(fields.table("table", spec.table()), fields.identifier("name", spec.name()));
    }

    @Override
    public String label() {
        return "drop trigger " + name;
    }
}
