package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** {@code ALTER TABLE … ADD CONSTRAINT … UNIQUE}. */
@ValidationRule(
        value = "!has(self.initiallyDeferred) || !self.initiallyDeferred || (has(self.deferrable) && self.deferrable)",
        message = "initiallyDeferred needs deferrable: true")
@ValidationRule(value = "!has(self.replaces) || has(self.name)", message = "replaces needs a name")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddUniqueSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table that gets the constraint: an SQL identifier, schema-qualified or not.")
        String table,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "The constraint's name, an SQL identifier. When left out, the one that PostgreSQL would give.")
        String name,

        @Required
        @Size(min = 1, max = 32)
        @JsonPropertyDescription("The columns whose values no two rows may share. SQL identifiers.")
        List<@Size(min = 1, max = 130) String> columns,

        @Size(min = 1, max = 32)
        @JsonPropertyDescription(
                "Columns that are kept in the index too, without being part of the key. SQL identifiers.")
        List<@Size(min = 1, max = 130) String> include,

        @JsonPropertyDescription("Whether two nulls are the same. PostgreSQL 15 and newer. false when left out.")
        Boolean nullsNotDistinct,

        @JsonPropertyDescription("Whether a transaction may put the check off until it commits. false when left out.")
        Boolean deferrable,

        @JsonPropertyDescription("Whether it does so without asking. false when left out.")
        Boolean initiallyDeferred,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "A unique index of just these columns that is there already, to be made the constraint instead of one that is built. An SQL identifier.")
        String usingIndex,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "A constraint of the table whose place it takes, an SQL identifier; it may have the same name. That one is dropped in"
                        + " the moment in which the new one is valid, so that there is no gap between them.")
        String replaces)
        implements OperationSpec {

    /** In nobody's place. */
    public AddUniqueSpec(
            String table,
            String name,
            List<String> columns,
            List<String> include,
            Boolean nullsNotDistinct,
            Boolean deferrable,
            Boolean initiallyDeferred,
            String usingIndex) {
        this(table, name, columns, include, nullsNotDistinct, deferrable, initiallyDeferred, usingIndex, null);
    }
}
