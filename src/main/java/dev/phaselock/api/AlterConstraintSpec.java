package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code ALTER TABLE … ALTER CONSTRAINT … [NOT] DEFERRABLE}. */
@ValidationRule(
        value = "!has(self.initiallyDeferred) || !self.initiallyDeferred || self.deferrable",
        message = "initiallyDeferred needs deferrable: true")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AlterConstraintSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The foreign key's name, an SQL identifier.")
        String name,

        @Required @JsonPropertyDescription("Whether a transaction may put the check off until it commits.")
        Boolean deferrable,

        @JsonPropertyDescription("Whether it does so without asking. false when left out.")
        Boolean initiallyDeferred)
        implements OperationSpec {}
