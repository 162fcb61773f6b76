package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** What may be done about sessions whose transactions keep a strong lock away. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BlockersSpec(
        @Default("Wait")
        @JsonPropertyDescription(
                "Wait for their end; Cancel the statement that they run; or Terminate them, which also ends those that are idle in their transaction. Never a superuser's session, one of replication, of a backup or of the server itself. The role needs pg_signal_backend and pg_monitor for sessions of other roles.")
        Action action,

        @Default("5m")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription("How old a transaction has to be before that is done to it.")
        String after) {

    public static final BlockersSpec DEFAULT = new BlockersSpec(Action.WAIT, "5m");

    /** What is done. */
    public enum Action {
        @JsonProperty("Wait")
        WAIT,
        @JsonProperty("Cancel")
        CANCEL,
        @JsonProperty("Terminate")
        TERMINATE
    }

    BlockersSpec withDefaults() {
        return new BlockersSpec(action == null ? DEFAULT.action : action, after == null ? DEFAULT.after : after);
    }
}
