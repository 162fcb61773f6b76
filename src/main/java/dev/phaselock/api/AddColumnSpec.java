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
        Boolean fireTriggers)
        implements OperationSpec {}
