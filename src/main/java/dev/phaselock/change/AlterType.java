package dev.phaselock.change;

import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ALTER COLUMN … TYPE}.
 *
 * @param type as it was written
 */
public record AlterType(
        QualifiedName table,
        Identifier column,
        String type,
        @Nullable QualifiedName collation) implements Change {

    static AlterType of(AlterTypeSpec spec, Fields fields) {
        return new AlterType(
                fields.table("table", spec.table()),
                fields.identifier("column", spec.column()),
                fields.type("type", spec.type()),
                spec.collation() == null ? null : fields.table("collation", spec.collation()));
    }

    /**
     * What stands behind the table's name.
     *
     * @param type in the place of the one that was written
     */
    public String action(String type) {
        return "ALTER COLUMN " + column.quoted() + " TYPE " + type
                + (collation == null ? "" : " COLLATE " + collation.quoted());
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
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public String label() {
        return "type of " + column;
    }
}
