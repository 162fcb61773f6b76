package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** Where a change stands. Conditions are the interface; {@code step} and all messages are for people. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SchemaChangeStatus(
        @Default("-1")
        @JsonPropertyDescription("The generation of the spec that this status speaks of; -1 before it was looked at.")
        Long observedGeneration,

        @JsonPropertyDescription("Ready, Reconciling, Stalled, Accepted, Approved, Applied and Validated.")
        List<Condition> conditions,

        @JsonPropertyDescription(
                "Where the change stands, in a word for people. Do not decide by it: conditions are for that.")
        String step,

        @JsonPropertyDescription("The table that is changed.")
        String target,

        @JsonPropertyDescription("What is changed, in short.")
        String change,

        @JsonPropertyDescription("Tries to acquire a lock, of all phases.")
        Integer tries,

        @JsonPropertyDescription("How long was waited for locks, without anybody else waiting.")
        String waited,

        @JsonPropertyDescription("For how long writers waited because of the tries, added up.")
        String delayed,

        @JsonPropertyDescription("The hash of the plan that is carried out.")
        String planHash,

        @JsonPropertyDescription("The relations that the plan works on: no two phases work on one of them at once.")
        List<String> relations,

        @JsonPropertyDescription(
                "Whether a phase that changes the database has begun; from then on changes and database cannot be edited.")
        Boolean begun,

        @JsonPropertyDescription("The phases of the plan, done or not.")
        List<PhaseStatus> phases,

        @JsonPropertyDescription("The sessions that hold a lock that is waited for.")
        List<BlockerStatus> blockers,

        @JsonPropertyDescription("Existing rows that violate a constraint.")
        List<ViolationStatus> violations,

        @JsonPropertyDescription("How far a long phase is.") String progress,
        @JsonPropertyDescription("The server's version.") String serverVersion,

        @JsonPropertyDescription("When the change was looked at first.")
        String started,

        @JsonPropertyDescription("When it was ready.") String completed,

        @JsonPropertyDescription("How often in a row the present phase failed; pauses grow with it.")
        Integer failures,

        @JsonPropertyDescription("Since when the present phase fails.")
        String failingSince,

        @JsonPropertyDescription("When the present phase is tried again.")
        String nextAttempt,

        @JsonPropertyDescription("The value of the retry annotation that was acted on last.")
        String handledRetry,

        @JsonPropertyDescription(
                "With deletionPolicy Revert, what was not there at the first look, and so is undone once it was added.")
        List<UndoStatus> undo,

        @JsonPropertyDescription("The part of undo that is being undone.")
        String undoing,

        @JsonPropertyDescription("With spec.sqlFrom, a hash of the text that is carried out.")
        String sqlHash) {}
