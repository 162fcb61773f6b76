package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ALTER COLUMN … SET STORAGE}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetStorageSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The column, an SQL identifier.")
        String column,

        @Required @JsonPropertyDescription("Where long values go: Plain, External, Extended or Main.")
        Storage storage)
        implements OperationSpec {

    /** As PostgreSQL names them. */
    public enum Storage {
        @JsonProperty("Plain")
        PLAIN,
        @JsonProperty("External")
        EXTERNAL,
        @JsonProperty("Extended")
        EXTENDED,
        @JsonProperty("Main")
        MAIN
    }
}
