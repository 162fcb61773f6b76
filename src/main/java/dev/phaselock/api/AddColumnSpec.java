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
                "Its default: exactly one SQL expression that is not volatile. Rows that are there have its value too, as of"
                        + " the moment in which the column comes; none is written anew.")
        String defaultExpression,

        @JsonPropertyDescription("Whether it is NOT NULL, which needs a defaultExpression. false when left out.")
        Boolean notNull,

        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "Makes it a virtual generated column (PostgreSQL 18 and newer): exactly one SQL expression over other"
                        + " columns, computed whenever it is read.")
        String generatedExpression)
        implements OperationSpec {}
