package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ENABLE}, DISABLE, FORCE and NO FORCE {@code ROW LEVEL SECURITY}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetRowSecuritySpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @JsonPropertyDescription(
                "Whether its policies count. Where it has none, nobody but its owner sees a row from then on.")
        Boolean enabled,

        @JsonPropertyDescription("Whether they count for its owner too. As it is when left out.")
        Boolean forced)
        implements OperationSpec {}
