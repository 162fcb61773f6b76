package dev.phaselock.change;

import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD COLUMN}.
 *
 * @param type as it was written
 * @param defaultExpression as it was written, see {@link AddCheck}; null for none
 * @param generatedExpression likewise, of a virtual generated column; null for an ordinary one
 */
public record AddColumn(
        QualifiedName table,
        Identifier name,
        String type,
        @Nullable QualifiedName collation,
        @Nullable String defaultExpression,
        boolean notNull,
        @Nullable String generatedExpression)
        implements Change {

    static AddColumn of(AddColumnSpec spec, Fields fields) {
        AddColumn column = new AddColumn(
                fields.table("table", spec.table()),
                fields.identifier("name", spec.name()),
                fields.type("type", spec.type()),
                spec.collation() == null ? null : fields.table("collation", spec.collation()),
                spec.defaultExpression() == null
                        ? null
                        : fields.expression("defaultExpression", spec.defaultExpression()),
                Fields.isTrue(spec.notNull()),
                spec.generatedExpression() == null
                        ? null
                        : fields.expression("generatedExpression", spec.generatedExpression()));
        if (column.generatedExpression != null && column.defaultExpression != null) {
            throw fields.invalid("generatedExpression", "a column has either this or defaultExpression");
        }
        if (column.notNull && column.defaultExpression == null) {
            throw fields.invalid(
                    "notNull",
                    "needs a defaultExpression, for the rows that are there; without one add the column, fill it, and let setNotNull follow");
        }
        return column;
    }

    /**
     * What stands behind the column's name. The lines' ends keep a comment, were there one, from reaching what follows.
     *
     * @param type this one, in the place of the one that was written
     * @param expression in the place of the default or of what it is generated from; null for none
     */
    public String definition(String type, @Nullable String expression) {
        String collate = collation == null ? "" : " COLLATE " + collation.quoted();
        String value = expression == null
                ? ""
                : generatedExpression != null
                        ? " GENERATED ALWAYS AS (\n" + expression + "\n) VIRTUAL"
                        : " DEFAULT (\n" + expression + "\n)";
        return type + collate + value + (notNull ? " NOT NULL" : "");
    }

    /** The default, or what it is generated from; null for none. */
    public @Nullable String expression() {
        return generatedExpression != null ? generatedExpression : defaultExpression;
    }

    @Override
    public List<Identifier> detailedColumns() {
        return List.of(name);
    }

    @Override
    public boolean changesColumns() {
        return true;
    }

    @Override
    public String label() {
        return "column " + name;
    }
}
