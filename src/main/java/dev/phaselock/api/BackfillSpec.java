package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How rows that are there get their value of a new column. Durations as of {@link LocksSpec}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BackfillSpec(
        @Default("100ms")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "How long one batch of rows shall take, for so long who writes to one of them waits: the size of the batches follows from it. A batch that takes twice as long is cancelled, and smaller ones are made. At least 10ms.")
        String batchTarget,

        @Default("50ms")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription("The pause between two batches; 0ms for none.")
        String pause,

        @Default("10s")
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription(
                "The next batch waits while a streaming standby that this role may see is further behind than this; 0ms asks for none. It does not see any without pg_monitor.")
        String maxReplicaLag) {

    public static final BackfillSpec DEFAULT = new BackfillSpec("100ms", "50ms", "10s");

    BackfillSpec withDefaults() {
        return new BackfillSpec(
                batchTarget == null ? DEFAULT.batchTarget : batchTarget,
                pause == null ? DEFAULT.pause : pause,
                maxReplicaLag == null ? DEFAULT.maxReplicaLag : maxReplicaLag);
    }
}
