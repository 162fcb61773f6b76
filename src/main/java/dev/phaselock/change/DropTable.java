package dev.phaselock.change;

import dev.phaselock.api.DropTableSpec;
import dev.phaselock.sql.QualifiedName;

/** {@code DROP TABLE … RESTRICT}. */
public record DropTable(QualifiedName table) implements Change {

    static DropTable of(DropTableSpec spec, Fields fields) {
        return new DropTable(fields.table("table", spec.table()));
    }

    @Override
    public boolean dropsTable() {
        return true;
    }

    @Override
    public String label() {
        return "drop table " + table;
    }
}
