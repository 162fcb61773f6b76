package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ADD CONSTRAINT … EXCLUDE}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddExclusionSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table, which is empty: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The constraint's name, an SQL identifier.")
        String name,

        @Required
        @Size(min = 1, max = 8192)
        @JsonPropertyDescription("What stands behind EXCLUDE, such as USING gist (room WITH =, during WITH &&).")
        String definition)
        implements OperationSpec {}
