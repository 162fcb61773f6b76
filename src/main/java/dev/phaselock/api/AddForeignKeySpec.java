package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** {@code ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY}. */
@ValidationRule(
        value = "!has(self.onDeleteColumns) || (has(self.onDelete) && self.onDelete in ['SetNull', 'SetDefault'])",
        message = "onDeleteColumns goes with onDelete: SetNull or SetDefault")
@ValidationRule(
        value = "!has(self.initiallyDeferred) || !self.initiallyDeferred || (has(self.deferrable) && self.deferrable)",
        message = "initiallyDeferred needs deferrable: true")
@ValidationRule(value = "!has(self.replaces) || has(self.name)", message = "replaces needs a name")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddForeignKeySpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table that gets the key: an SQL identifier, schema-qualified or not.")
        String table,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "The constraint's name, an SQL identifier. When left out, the one that PostgreSQL would give.")
        String name,

        @Required @Size(min = 1, max = 32) @JsonPropertyDescription("The referencing columns, SQL identifiers.")
        List<@Size(min = 1, max = 130) String> columns,

        @Required @JsonPropertyDescription("What the key refers to.")
        References references,

        @JsonPropertyDescription(
                "What happens to referencing rows when a referenced row is deleted. NoAction when left out.")
        Action onDelete,

        @Size(min = 1, max = 32)
        @JsonPropertyDescription(
                "The columns that onDelete: SetNull or SetDefault sets, where not all. PostgreSQL 15 and newer.")
        List<@Size(min = 1, max = 130) String> onDeleteColumns,

        @JsonPropertyDescription(
                "What happens to referencing rows when a referenced key is updated. NoAction when left out.")
        Action onUpdate,

        @JsonPropertyDescription("How a key of several columns with some nulls is matched. Simple when left out.")
        Match match,

        @JsonPropertyDescription("Whether a transaction may put the check off until it commits. false when left out.")
        Boolean deferrable,

        @JsonPropertyDescription("Whether it does so without asking. false when left out.")
        Boolean initiallyDeferred,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "A constraint of the table whose place it takes, an SQL identifier; it may have the same name. That one is dropped in"
                        + " the moment in which the new one is valid, so that there is no gap between them.")
        String replaces)
        implements OperationSpec {

    /** In nobody's place. */
    public AddForeignKeySpec(
            String table,
            String name,
            List<String> columns,
            References references,
            Action onDelete,
            List<String> onDeleteColumns,
            Action onUpdate,
            Match match,
            Boolean deferrable,
            Boolean initiallyDeferred) {
        this(
                table,
                name,
                columns,
                references,
                onDelete,
                onDeleteColumns,
                onUpdate,
                match,
                deferrable,
                initiallyDeferred,
                null);
    }

    /** The referenced table and columns. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record References(
            @Required
            @Size(min = 1, max = 270)
            @JsonPropertyDescription("The referenced table, an SQL identifier, schema-qualified or not.")
            String table,

            @Size(min = 1, max = 32)
            @JsonPropertyDescription("The referenced columns; those of its primary key when left out. SQL identifiers.")
            List<@Size(min = 1, max = 130) String> columns) {}

    /** A referential action. */
    public enum Action {
        @JsonProperty("NoAction")
        NO_ACTION,
        @JsonProperty("Restrict")
        RESTRICT,
        @JsonProperty("Cascade")
        CASCADE,
        @JsonProperty("SetNull")
        SET_NULL,
        @JsonProperty("SetDefault")
        SET_DEFAULT
    }

    /** A match type that PostgreSQL implements. */
    public enum Match {
        @JsonProperty("Simple")
        SIMPLE,
        @JsonProperty("Full")
        FULL
    }
}
