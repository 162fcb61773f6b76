package dev.phaselock.change;

import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;

/** {@code ALTER TABLE … RENAME CONSTRAINT … TO}. */
public record RenameConstraint(QualifiedName table, Identifier name, Identifier newName) implements Change {

    static RenameConstraint of(RenameConstraintSpec spec, Fields fields) {
        RenameConstraint change = new RenameConstraint(
                fields.table("table", spec.table()),
                fields.identifier("name", spec.name()),
                fields.identifier("newName", spec.newName()));
        if (change.name.equals(change.newName)) {
            throw fields.invalid("newName", "is the name that it has");
        }
        return change;
    }

    @Override
    public String label() {
        return "rename " + name + " to " + newName;
    }
}
