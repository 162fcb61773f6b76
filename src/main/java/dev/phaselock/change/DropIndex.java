package dev.phaselock.change;

import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code DROP INDEX CONCURRENTLY}.
 *
 * @param table the index's table, or the index's own name
 * @param namesIndexOnly whether that is so
 */
public record DropIndex(QualifiedName table, Identifier name, boolean namesIndexOnly) implements Change {

    static DropIndex of(DropIndexSpec spec, Fields fields) {
        if (spec.table() == null) {
            QualifiedName index = fields.table("name", spec.name());
            return new DropIndex(index, index.name(), true);
        }
        return new DropIndex(fields.table("table", spec.table()), fields.identifier("name", spec.name()), false);
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
