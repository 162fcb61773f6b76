package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code DROP INDEX CONCURRENTLY}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DropIndexSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The index's table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The index's name, an SQL identifier; its schema is the table's.")
        String name)
        implements OperationSpec {}
