package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;

/** One entry of {@code spec.changes}: exactly one operation. */
@ValidationRule(
        value = "[has(self.addForeignKey), has(self.addCheck)].exists_one(x, x)",
        message = "exactly one operation is wanted in each entry of changes: addForeignKey or addCheck")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChangeSpec(
        @JsonPropertyDescription("Adds a foreign key.") AddForeignKeySpec addForeignKey,
        @JsonPropertyDescription("Adds a check constraint.") AddCheckSpec addCheck) {}
