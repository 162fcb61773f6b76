package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Where the statements are. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SqlFromSpec(
        @Required @JsonPropertyDescription("A key of a ConfigMap of the same namespace.")
        ConfigMapKey configMapKeyRef) {

    /** A key of a ConfigMap. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ConfigMapKey(
            @Required
            @Size(min = 1, max = 253)
            @JsonPropertyDescription("The name of a ConfigMap in the same namespace.")
            String name,

            @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The key in it, as migration.sql.")
            String key) {}
}
