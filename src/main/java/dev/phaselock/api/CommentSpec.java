package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code COMMENT ON TABLE}, COLUMN, CONSTRAINT or INDEX. */
@ValidationRule(
        value = "[has(self.column), has(self.constraint), has(self.index)].filter(x, x).size() <= 1",
        message = "at most one of column, constraint and index is wanted")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CommentSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Size(min = 1, max = 130) @JsonPropertyDescription("Of this column of it, an SQL identifier.")
        String column,

        @Size(min = 1, max = 130) @JsonPropertyDescription("Of this constraint of it, an SQL identifier.")
        String constraint,

        @Size(min = 1, max = 130) @JsonPropertyDescription("Of this index of it, an SQL identifier.")
        String index,

        @Required
        @Size(max = 8192)
        @JsonPropertyDescription("The comment; when it is empty, the one that is there goes.")
        String text)
        implements OperationSpec {}
