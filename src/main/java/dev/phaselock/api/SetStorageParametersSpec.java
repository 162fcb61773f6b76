package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** {@code ALTER TABLE … SET (…)}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetStorageParametersSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 16) @JsonPropertyDescription("The parameters.")
        List<Parameter> parameters)
        implements OperationSpec {

    /** A storage parameter. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Parameter(
            @Required
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Its name, as fillfactor or toast.autovacuum_enabled.")
            String name,

            @Size(min = 1, max = 63)
            @JsonPropertyDescription(
                    "Its value: a number or a word, as \"70\". When left out, it is reset to the server's own.")
            String value) {}
}
