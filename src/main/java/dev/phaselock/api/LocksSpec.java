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
                "The most that all tries of this change together may make writers wait, added up over the writers; after that, and with 0s from the beginning, the lock is taken only where nobody waits.")
        String budget,

        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "How long one phase may wait for its lock before the change is Stalled: 30m when left out, and 25h with a window. What earlier phases did stays.")
        String deadline,

        @JsonPropertyDescription(
                "When tries may grow up to timeout; outside of it they last 10 ms at most. Always, when left out.")
        WindowSpec window,

        @JsonPropertyDescription("What may be done about sessions whose transactions keep the lock away.")
        BlockersSpec blockers) {

    /** A duration: a sequence of whole numbers with units, largest first. */
    public static final String DURATION = "^([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";

    public static final LocksSpec DEFAULT = new LocksSpec("100ms", "1s", "30m");

    /** A window of the night that was missed by a minute opens again within it. */
    private static final String DEADLINE_WITH_WINDOW = "25h";

    /** At any time, and nobody is ended. */
    public LocksSpec(String timeout, String budget, String deadline) {
        this(timeout, budget, deadline, null, BlockersSpec.DEFAULT);
    }

    LocksSpec withDefaults() {
        return new LocksSpec(
                timeout == null ? DEFAULT.timeout : timeout,
                budget == null ? DEFAULT.budget : budget,
                deadline != null ? deadline : window == null ? DEFAULT.deadline : DEADLINE_WITH_WINDOW,
                window,
                blockers == null ? DEFAULT.blockers : blockers.withDefaults());
    }
}
