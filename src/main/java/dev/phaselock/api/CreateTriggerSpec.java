package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** {@code CREATE TRIGGER}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateTriggerSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The trigger's name, an SQL identifier.")
        String name,

        @Required @JsonPropertyDescription("Whether it fires before or after the rows are written.")
        Timing timing,

        @Required @Size(min = 1, max = 4) @JsonPropertyDescription("What it fires for.")
        List<Event> events,

        @Size(min = 1, max = 32)
        @JsonPropertyDescription("With Update: only where one of these columns is set. SQL identifiers.")
        List<@Size(min = 1, max = 130) String> updateOf,

        @Required @JsonPropertyDescription("Whether it fires once for each row or once for each statement.")
        Level forEach,

        @Size(min = 1, max = 8192)
        @JsonPropertyDescription("Fires only where this SQL expression is true; it may be about OLD and NEW.")
        String when,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The function that it calls, schema-qualified or not.")
        String function,

        @Size(max = 16) @JsonPropertyDescription("What the function gets as TG_ARGV, each a text as it is.")
        List<@Size(max = 256) String> arguments,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The name by which the function knows the rows as they were (REFERENCING OLD TABLE).")
        String oldTable,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The name by which the function knows the rows as they are (REFERENCING NEW TABLE).")
        String newTable,

        @JsonPropertyDescription("Whether it is a constraint trigger, which can be deferrable.")
        Boolean constraint,

        @JsonPropertyDescription("Whether a transaction may put it off to its end.")
        Boolean deferrable,

        @JsonPropertyDescription("Whether it is put off unless a transaction says otherwise.")
        Boolean initiallyDeferred,

        @JsonPropertyDescription("Whether it takes the place of a trigger of this name that is another.")
        Boolean replace)
        implements OperationSpec {

    /** When it fires. */
    public enum Timing {
        @JsonProperty("Before")
        BEFORE,
        @JsonProperty("After")
        AFTER
    }

    /** For what it fires. */
    public enum Event {
        @JsonProperty("Insert")
        INSERT,
        @JsonProperty("Update")
        UPDATE,
        @JsonProperty("Delete")
        DELETE,
        @JsonProperty("Truncate")
        TRUNCATE
    }

    /** How often it fires. */
    public enum Level {
        @JsonProperty("Row")
        ROW,
        @JsonProperty("Statement")
        STATEMENT
    }
}
