package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code ALTER TYPE … ADD VALUE}. */
@ValidationRule(value = "!has(self.before) || !has(self.after)", message = "at most one of before and after is wanted")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddEnumValueSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The enum type: an SQL identifier, schema-qualified or not.")
        String type,

        @Required
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("The new value, as it is: no identifier. 63 bytes at most.")
        String value,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription("The value before which it is sorted. At the end when before and after are left out.")
        String before,

        @Size(min = 1, max = 63) @JsonPropertyDescription("The value after which it is sorted.")
        String after)
        implements OperationSpec {}
