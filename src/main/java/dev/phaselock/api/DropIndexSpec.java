package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code DROP INDEX CONCURRENTLY}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DropIndexSpec(
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The index's table: an SQL identifier, schema-qualified or not. When left out, the table is found by the index's name.")
        String table,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The index's name, an SQL identifier. Its schema is the table's; without a table it may be schema-qualified.")
        String name)
        implements OperationSpec {}
