package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How locks are acquired. Durations are written as {@code 100ms}, {@code 2s}, {@code 1m30s} or {@code 1h}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LocksSpec(
        @Default("100ms")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription("The longest that one try may make writers wait.")
        String timeout,

        @Default("1s")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "The most that all tries of this change together may make writers wait; after that only tries of 10 ms are made.")
        String budget,

        @Default("30m")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "How long one phase may wait for its lock before the change is Stalled. What earlier phases did stays.")
        String deadline) {

    /** A duration: a sequence of whole numbers with units, largest first. */
    public static final String DURATION = "^([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";

    public static final LocksSpec DEFAULT = new LocksSpec("100ms", "1s", "30m");

    LocksSpec withDefaults() {
        return new LocksSpec(
                timeout == null ? DEFAULT.timeout : timeout,
                budget == null ? DEFAULT.budget : budget,
                deadline == null ? DEFAULT.deadline : deadline);
    }
}
