package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/** Existing rows that violate a constraint. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ViolationStatus(
        @JsonPropertyDescription("The constraint.") String constraint,
        @JsonPropertyDescription("The table.") String table,

        @JsonPropertyDescription(
                "How many rows were seen to violate it; at least, for rows may move while they are counted.")
        Long count,

        @JsonPropertyDescription("Keys of some of them, as many as validation.sample allows.")
        List<String> sample) {}
