package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How the rows that are already there are checked. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ValidationSpec(
        @Default("Validated")
        @JsonPropertyDescription(
                "When the change is Ready: Validated, once all rows are checked, or Applied, as soon as new rows are.")
        Gate gate,

        @Default("Stop")
        @JsonPropertyDescription(
                "For a check and a NOT NULL: Stop looks at the existing rows before it is added, and stops when some violate it. Proceed adds it first, so that at least no more come.")
        ExistingViolations existingViolations,

        @Default("5")
        @Min(0)
        @Max(20)
        @JsonPropertyDescription("How many keys of violating rows are reported; 0 for none.")
        Integer sample,

        @Default("2") @Min(1) @Max(8) @JsonPropertyDescription("How many connections look for violating rows at once.")
        Integer connections,

        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "How long one validation may scan: its snapshot keeps vacuum from removing dead rows. After that it is cancelled and the change is Stalled; new rows are checked all the same. For as long as it takes, when left out.")
        String maxDuration,

        @Default("100")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription(
                "How much of the time each connection that looks for violating rows may work, in percent; it rests in between. The validation itself is one statement of PostgreSQL, which knows no pace.")
        Integer pace) {

    public static final ValidationSpec DEFAULT = new ValidationSpec(Gate.VALIDATED, ExistingViolations.STOP, 5, 2);

    /** For as long as it takes, without rests. */
    public ValidationSpec(Gate gate, ExistingViolations existingViolations, Integer sample, Integer connections) {
        this(gate, existingViolations, sample, connections, null, 100);
    }

    /** When a change counts as ready. */
    public enum Gate {
        @JsonProperty("Applied")
        APPLIED,
        @JsonProperty("Validated")
        VALIDATED
    }

    /** What existing rows that violate a check mean for adding it. */
    public enum ExistingViolations {
        @JsonProperty("Stop")
        STOP,
        @JsonProperty("Proceed")
        PROCEED
    }

    ValidationSpec withDefaults() {
        return new ValidationSpec(
                gate == null ? DEFAULT.gate : gate,
                existingViolations == null ? DEFAULT.existingViolations : existingViolations,
                sample == null ? DEFAULT.sample : sample,
                connections == null ? DEFAULT.connections : connections,
                maxDuration,
                pace == null ? DEFAULT.pace : pace);
    }
}
