package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code DROP TABLE … RESTRICT}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DropTableSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The table: an SQL identifier, schema-qualified or not. With its schema where database.schemas has several.")
        String table)
        implements OperationSpec {}
