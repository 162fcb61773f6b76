package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A Secret of the same namespace. */
public record SecretReference(
        @Required @Size(min = 1, max = 253) @JsonPropertyDescription("The name of a Secret in the same namespace.")
        String name) {}
