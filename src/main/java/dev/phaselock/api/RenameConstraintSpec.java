package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … RENAME CONSTRAINT … TO}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RenameConstraintSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The constraint's name until now, an SQL identifier.")
        String name,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("Its name from now on, an SQL identifier.")
        String newName)
        implements OperationSpec {}
