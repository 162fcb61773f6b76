package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One key of a ConfigMap of the same namespace. */
public record ConfigMapKeyReference(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The name of a ConfigMap in the same namespace.")
        String name,

        @Default("ca.crt") @Size(min = 1, max = 253) @JsonPropertyDescription("The key in it.")
        String key) {}
