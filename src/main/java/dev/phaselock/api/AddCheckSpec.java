package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code ALTER TABLE … ADD CONSTRAINT … CHECK}. */
@ValidationRule(value = "!has(self.replaces) || has(self.name)", message = "replaces needs a name")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddCheckSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table that gets the check: an SQL identifier, schema-qualified or not.")
        String table,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "The constraint's name, an SQL identifier. When left out, the one that PostgreSQL would give.")
        String name,

        @Required
        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "The condition that every row has to fulfil: exactly one SQL expression of type boolean.")
        String expression,

        @JsonPropertyDescription(
                "Whether the check stays with this table and is not inherited by its children. false when left out.")
        Boolean noInherit,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "A constraint of the table whose place it takes, an SQL identifier; it may have the same name. That one is dropped in"
                        + " the moment in which the new one is valid, so that there is no gap between them.")
        String replaces)
        implements OperationSpec {

    /** In nobody's place. */
    public AddCheckSpec(String table, String name, String expression, Boolean noInherit) {
        this(table, name, expression, noInherit, null);
    }
}
