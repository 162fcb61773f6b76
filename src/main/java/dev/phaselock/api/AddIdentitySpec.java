package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ALTER COLUMN … ADD GENERATED … AS IDENTITY}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddIdentitySpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The column, which is NOT NULL and has no default. An SQL identifier.")
        String column,

        @Required @JsonPropertyDescription("Whether an INSERT may give a value of its own: Always or ByDefault.")
        Generated generated,

        @Required @JsonPropertyDescription("The first value that it gives: above all that are there.")
        Long startWith)
        implements OperationSpec {

    /** As PostgreSQL names them. */
    public enum Generated {
        @JsonProperty("Always")
        ALWAYS,
        @JsonProperty("ByDefault")
        BY_DEFAULT
    }
}
