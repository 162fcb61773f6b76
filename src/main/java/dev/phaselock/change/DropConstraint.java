package dev.phaselock.change;

import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … DROP CONSTRAINT}. */
public record DropConstraint(QualifiedName table, Identifier name) implements Change {

    static DropConstraint of(DropConstraintSpec spec, Fields fields) {
        return new DropConstraint(fields.table("table", spec.table()), fields.identifier("name", spec.name()));
    }

    @Override
    public List<Identifier> constraints() {
        return List.of(name);
    }

    @Override
    public boolean followsReference() {
        return true;
    }

    @Override
    public String label() {
        return "drop " + name;
    }
}
