package dev.phaselock.change;

import dev.phaselock.api.AlterConstraintSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code ALTER TABLE … ALTER CONSTRAINT … [NOT] DEFERRABLE}. */
public record AlterConstraint(QualifiedName table, Identifier name, boolean deferrable, boolean initiallyDeferred)
        implements Change {

    static AlterConstraint of(AlterConstraintSpec spec, Fields fields) {
        AlterConstraint change = new AlterConstraint(
                fields.table("table", spec.table()),
                fields.identifier("name", spec.name()),
                fields.required("deferrable", spec.deferrable()),
                Fields.isTrue(spec.initiallyDeferred()));
        if (change.initiallyDeferred && !change.deferrable) {
            throw fields.invalid("initiallyDeferred", "needs deferrable: true");
        }
        return change;
    }

    @Override
    public List<Identifier> constraints() {
        return List.of(name);
    }

    /** As it stands behind the constraint's name. */
    public String definition() {
        return deferrable ? "DEFERRABLE INITIALLY " + (initiallyDeferred ? "DEFERRED" : "IMMEDIATE") : "NOT DEFERRABLE";
    }

    @Override
    public String label() {
        return "deferrability of " + name;
    }
}
