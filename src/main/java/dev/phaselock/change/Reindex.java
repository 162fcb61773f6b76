package dev.phaselock.change;

import dev.phaselock.api.ReindexSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code REINDEX … CONCURRENTLY}. The catalog does not say whether it was done.
 *
 * @param table the table, or the index's own name
 * @param name of the index; null for all of the table
 * @param namesIndexOnly whether {@code table} is the index's name
 */
public record Reindex(QualifiedName table, @Nullable Identifier name, boolean namesIndexOnly) implements Change {

    static Reindex of(ReindexSpec spec, Fields fields) {
        if (spec.table() == null) {
            if (spec.index() == null) {
                throw fields.invalid("table", "a table or an index is wanted");
            }
            QualifiedName index = fields.table("index", spec.index());
            return new Reindex(index, index.name(), true);
        }
        return new Reindex(
                fields.table("table", spec.table()), fields.optionalIdentifier("index", spec.index()), false);
    }

    @Override
    public List<Identifier> indexes() {
        return name == null ? List.of() : List.of(name);
    }

    @Override
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public boolean toldByOrder() {
        return true;
    }

    @Override
    public String label() {
        return name == null ? "reindex of " + table : "reindex of " + name;
    }
}
