package dev.phaselock.change;

import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD COLUMN}.
 *
 * @param type as it was written
 * @param defaultExpression as it was written, see {@link AddCheck}; null for none
 * @param generatedExpression likewise, of a virtual generated column; null for an ordinary one
 * @param fireTriggers whether triggers may fire for rows that are there and get their value
 * @param key the foreign key that it comes with; null for none
 * @param check likewise
 */
public record AddColumn(
        QualifiedName table,
        Identifier name,
        String type,
        @Nullable QualifiedName collation,
        @Nullable String defaultExpression,
        boolean notNull,
        @Nullable String generatedExpression,
        boolean fireTriggers,
        @Nullable AddForeignKey key,
        @Nullable AddCheck check)
        implements Change {

    static AddColumn of(AddColumnSpec spec, Fields fields) {
        QualifiedName table = fields.table("table", spec.table());
        Identifier name = fields.identifier("name", spec.name());
        AddColumn column = new AddColumn(
                table,
                name,
                fields.type("type", spec.type()),
                spec.collation() == null ? null : fields.table("collation", spec.collation()),
                spec.defaultExpression() == null
                        ? null
                        : fields.expression("defaultExpression", spec.defaultExpression()),
                Fields.isTrue(spec.notNull()),
                spec.generatedExpression() == null
                        ? null
                        : fields.expression("generatedExpression", spec.generatedExpression()),
                Fields.isTrue(spec.fireTriggers()),
                key(table, name, spec.references(), fields),
                check(table, spec.check(), fields));
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

    private static @Nullable AddForeignKey key(
            QualifiedName table, Identifier column, AddColumnSpec.@Nullable References spec, Fields fields) {
        if (spec == null) {
            return null;
        }
        if (Fields.isTrue(spec.initiallyDeferred()) && !Fields.isTrue(spec.deferrable())) {
            throw fields.invalid("references.initiallyDeferred", "needs deferrable: true");
        }
        return new AddForeignKey(
                table,
                fields.optionalIdentifier("references.name", spec.name()),
                List.of(column),
                fields.table("references.table", spec.table()),
                spec.column() == null ? List.of() : List.of(fields.identifier("references.column", spec.column())),
                spec.onDelete() == null ? AddForeignKeySpec.Action.NO_ACTION : spec.onDelete(),
                List.of(),
                spec.onUpdate() == null ? AddForeignKeySpec.Action.NO_ACTION : spec.onUpdate(),
                AddForeignKeySpec.Match.SIMPLE,
                Fields.isTrue(spec.deferrable()),
                Fields.isTrue(spec.initiallyDeferred()),
                null);
    }

    private static @Nullable AddCheck check(QualifiedName table, AddColumnSpec.@Nullable Check spec, Fields fields) {
        return spec == null
                ? null
                : new AddCheck(
                        table,
                        fields.optionalIdentifier("check.name", spec.name()),
                        fields.expression("check.expression", spec.expression()),
                        false,
                        null);
    }

    /** Whether the foreign key is valid when it comes with the column: there is nothing to look up (measured on 13 to 18). */
    public boolean keyIsBornValid() {
        return key != null && defaultExpression == null && generatedExpression == null;
    }

    private Stream<Change> parts() {
        return Stream.of(Optional.ofNullable(key), Optional.ofNullable(check)).flatMap(Optional::stream);
    }

    @Override
    public List<QualifiedName> tables() {
        return key == null ? List.of(table) : key.tables();
    }

    @Override
    public List<Identifier> constraints() {
        return parts().flatMap(part -> part.constraints().stream()).toList();
    }

    /**
     * What stands behind the column's name. The lines' ends keep a comment, were there one, from reaching what follows.
     *
     * @param type this one, in the place of the one that was written
     * @param expression in the place of the default or of what it is generated from; null for none
     */
    public String definition(String type, @Nullable String expression) {
        String value = expression == null
                ? ""
                : generatedExpression != null
                        ? " GENERATED ALWAYS AS (\n" + expression + "\n) VIRTUAL"
                        : " DEFAULT (\n" + expression + "\n)";
        return bareDefinition(type) + value + (notNull ? " NOT NULL" : "");
    }

    /** The same without default and NOT NULL. */
    public String bareDefinition(String type) {
        return type + (collation == null ? "" : " COLLATE " + collation.quoted());
    }

    /**
     * What adds it so that rows that are there have no value yet, and new ones have one: in one ALTER TABLE no row is
     * written or read (measured on 13 to 18, AddColumnIT).
     *
     * @param expression in the place of the default
     */
    public String unfilled(String type, String expression) {
        return "ADD COLUMN %1$s %2$s, ALTER COLUMN %1$s SET DEFAULT (\n%3$s\n)"
                .formatted(name.quoted(), bareDefinition(type), expression);
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

    /** Where NOT NULL comes after the rows were filled, its plan is that of {@link SetNotNull}. */
    private boolean mayBeFilled() {
        return notNull && defaultExpression != null;
    }

    @Override
    public boolean letsPostgresqlChooseName() {
        return mayBeFilled() || parts().anyMatch(Change::letsPostgresqlChooseName);
    }

    @Override
    public boolean comparesChecks() {
        return mayBeFilled() || check != null;
    }

    @Override
    public String label() {
        return "column " + name;
    }
}
