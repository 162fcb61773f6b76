package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/** One phase of the plan. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PhaseStatus(
        @Required @JsonPropertyDescription("The phase's name, unique in the plan.")
        String name,

        @JsonPropertyDescription("Preflight, Verify, Apply, Validate or Index.")
        String type,

        @JsonPropertyDescription("What it does, in a few words.")
        String label,

        @JsonPropertyDescription("Pending, Queued, Running, Waiting, Done, Violated, Refused or Failed.")
        String state,

        @JsonPropertyDescription("The statements, as far as they fit.")
        List<String> sql,

        @JsonPropertyDescription("The strongest lock on each relation.")
        List<String> locks,

        @JsonPropertyDescription("The Job of the latest attempt.")
        String job,

        @JsonPropertyDescription("Jobs made for this phase.")
        Integer attempts,

        @JsonPropertyDescription("Tries to acquire the lock.")
        Integer tries,

        @JsonPropertyDescription("How long was waited for the lock.")
        String waited,

        @JsonPropertyDescription("How long the lock was held.")
        String held,

        @JsonPropertyDescription("Sessions seen waiting behind a try.")
        Integer writersDelayed,

        @JsonPropertyDescription("The longest that one of them waited.")
        String longestDelay,

        @JsonPropertyDescription("All that they waited, added up.")
        String delayed,

        @JsonPropertyDescription("How often a session in the way was cancelled or terminated, as locks.blockers says.")
        Integer blockersEnded,

        @JsonPropertyDescription("When its first Job was made.")
        String started,

        @JsonPropertyDescription("When it was done.") String completed,

        @JsonPropertyDescription(
                "Why its latest attempt ended before it was done, one of the reasons of the conditions.")
        String reason,

        @JsonPropertyDescription("What of waited lies before the last retry or edit: locks.deadline does not count it.")
        String waitedBeforeRetry,

        @JsonPropertyDescription("Where the next Job of a Verify phase goes on, when the latest ended early.")
        Verified verified,

        @JsonPropertyDescription("A word on its state.") String message,

        @JsonPropertyDescription("The index of the change that it belongs to; 0 when left out.")
        Integer change) {}
