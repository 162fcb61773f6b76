package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code ALTER TABLE … ADD COLUMN}. */
@ValidationRule(
        value = "!has(self.generatedExpression) || !has(self.defaultExpression)",
        message = "a column has either defaultExpression or generatedExpression")
@ValidationRule(
        value = "!has(self.notNull) || !self.notNull || has(self.defaultExpression)",
        message = "notNull needs a defaultExpression, for the rows that are there")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddColumnSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The new column, an SQL identifier.")
        String name,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("Its type: exactly one type of SQL, with its modifiers.")
        String type,

        @Size(min = 1, max = 270)
        @JsonPropertyDescription("Its collation, an SQL identifier; the type's own when left out.")
        String collation,

        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "Its default: exactly one SQL expression. Rows that are there have its value too: of one that is not volatile"
                        + " as of the moment in which the column comes, and none is written anew; of a volatile one each"
                        + " gets a value of its own, in batches (spec.backfill).")
        String defaultExpression,

        @JsonPropertyDescription("Whether it is NOT NULL, which needs a defaultExpression. false when left out.")
        Boolean notNull,

        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "Makes it a virtual generated column (PostgreSQL 18 and newer): exactly one SQL expression over other"
                        + " columns, computed whenever it is read.")
        String generatedExpression,

        @JsonPropertyDescription(
                "Whether the table's own triggers may fire for each row that gets its value of a volatile default: they"
                        + " may write elsewhere, or change what a row says of itself. Left out or false, a table with triggers of UPDATE is refused.")
        Boolean fireTriggers,

        @JsonPropertyDescription(
                "Makes it a foreign key. Without a defaultExpression it comes with the column, valid at once; with one it is added NOT"
                        + " VALID with the column, and validated.")
        References references,

        @JsonPropertyDescription("A check that comes with the column, NOT VALID, and is validated.")
        Check check)
        implements OperationSpec {

    /** Without constraints. */
    public AddColumnSpec(
            String table,
            String name,
            String type,
            String collation,
            String defaultExpression,
            Boolean notNull,
            String generatedExpression,
            Boolean fireTriggers) {
        this(table, name, type, collation, defaultExpression, notNull, generatedExpression, fireTriggers, null, null);
    }

    /** The foreign key of a new column. */
    @ValidationRule(
            value =
                    "!has(self.initiallyDeferred) || !self.initiallyDeferred || (has(self.deferrable) && self.deferrable)",
            message = "initiallyDeferred needs deferrable: true")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record References(
            @Size(min = 1, max = 130)
            @JsonPropertyDescription(
                    "The constraint's name, an SQL identifier. When left out, the one that PostgreSQL would give.")
            String name,

            @Required
            @Size(min = 1, max = 270)
            @JsonPropertyDescription("The referenced table, an SQL identifier, schema-qualified or not.")
            String table,

            @Size(min = 1, max = 130)
            @JsonPropertyDescription("The referenced column, an SQL identifier; that of its primary key when left out.")
            String column,

            @JsonPropertyDescription(
                    "What happens to referencing rows when a referenced row is deleted. NoAction when left out.")
            AddForeignKeySpec.Action onDelete,

            @JsonPropertyDescription(
                    "What happens to referencing rows when a referenced key is updated. NoAction when left out.")
            AddForeignKeySpec.Action onUpdate,

            @JsonPropertyDescription(
                    "Whether a transaction may put the check off until it commits. false when left out.")
            Boolean deferrable,

            @JsonPropertyDescription("Whether it does so without asking. false when left out.")
            Boolean initiallyDeferred) {}

    /** The check of a new column. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Check(
            @Size(min = 1, max = 130)
            @JsonPropertyDescription(
                    "The constraint's name, an SQL identifier. When left out, the one that PostgreSQL would give.")
            String name,

            @Required
            @Size(min = 1, max = 8192)
            @JsonPropertyDescription(
                    "The condition that every row has to fulfil: exactly one SQL expression of type boolean.")
            String expression) {}
}
