package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ALTER COLUMN … TYPE}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AlterTypeSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The column, an SQL identifier.")
        String column,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("Its new type: exactly one type of SQL, with its modifiers.")
        String type,

        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "Its collation, an SQL identifier; the type's own when left out, as in the plain statement.")
        String collation)
        implements OperationSpec {}
