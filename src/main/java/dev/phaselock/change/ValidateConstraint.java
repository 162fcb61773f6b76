package dev.phaselock.change;

import dev.phaselock.api.ValidateConstraintSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … VALIDATE CONSTRAINT}: of one that somebody left NOT VALID. */
public record ValidateConstraint(QualifiedName table, Identifier name) implements Change {

    static ValidateConstraint of(ValidateConstraintSpec spec, Fields fields) {
        return new ValidateConstraint(fields.table("table", spec.table()), fields.identifier("name", spec.name()));
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
        return "validate " + name;
    }
}
