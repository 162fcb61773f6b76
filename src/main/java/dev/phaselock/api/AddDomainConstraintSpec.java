package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER DOMAIN … ADD CONSTRAINT … CHECK … NOT VALID}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AddDomainConstraintSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The domain: an SQL identifier, schema-qualified or not.")
        String domain,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The constraint's name, an SQL identifier.")
        String name,

        @Required
        @Size(min = 1, max = 8192)
        @JsonPropertyDescription("What holds for each new value: an SQL expression in which VALUE is the value.")
        String expression)
        implements OperationSpec {}
