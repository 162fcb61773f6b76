package dev.phaselock.change;

import dev.phaselock.api.AddIdentitySpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … ALTER COLUMN … ADD GENERATED … AS IDENTITY}.
 *
 * @param always whether an INSERT may not give a value of its own
 * @param startWith the first value
 */
public record AddIdentity(QualifiedName table, Identifier column, boolean always, long startWith) implements Change {

    static AddIdentity of(AddIdentitySpec spec, Fields fields) {
        return new AddIdentity(
                fields.table("table", spec.table()),
                fields.identifier("column", spec.column()),
                fields.required("generated", spec.generated()) == AddIdentitySpec.Generated.ALWAYS,
                fields.required("startWith", spec.startWith()));
    }

    /** What stands behind the column's name in the statement. */
    public String action() {
        return "ADD GENERATED " + (always ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY (START WITH " + startWith + ")";
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
        return "identity of " + column;
    }
}
