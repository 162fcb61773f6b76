package dev.phaselock.change;

import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/** {@code DROP INDEX CONCURRENTLY}. */
public record DropIndex(QualifiedName table, Identifier name) implements Change {

    static DropIndex of(DropIndexSpec spec, Fields fields) {
        return new DropIndex(fields.table("table", spec.table()), fields.identifier("name", spec.name()));
    }

    @Override
    public List<Identifier> indexes() {
        return List.of(name);
    }

    @Override
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public String label() {
        return "drop of index " + name;
    }
}
