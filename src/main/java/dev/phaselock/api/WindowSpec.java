package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** When writers may be made to wait for longer than the shortest tries do. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WindowSpec(
        @Required
        @Size(min = 9, max = 100)
        @JsonPropertyDescription(
                "When it opens, as five fields of cron: minute, hour, day of the month, month, day of the week.")
        String schedule,

        @Required
        @Pattern(LocksSpec.DURATION)
        @Size(min = 2, max = 20)
        @JsonPropertyDescription("For how long it stays open, for instance 2h; 24h at most.")
        String duration,

        @Default("UTC")
        @Size(min = 1, max = 64)
        @JsonPropertyDescription("The time zone of the schedule, by its IANA name, for instance Europe/Berlin.")
        String timeZone) {}
