package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A part of what undoes the changes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UndoStatus(
        @Required
        @JsonPropertyDescription(
                "The index of the change that it undoes, and after a dot its place among what undoes that one.")
        String part,

        @JsonPropertyDescription(
                "Absent (there is nothing to undo yet), Added, Undone or Left (it is not as this resource made it, and stays).")
        String state,

        @JsonPropertyDescription("A word on its state.") String message) {}
