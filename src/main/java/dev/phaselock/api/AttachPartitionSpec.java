package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ATTACH PARTITION}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttachPartitionSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The partitioned table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The table that becomes a partition of it: an SQL identifier, schema-qualified or not.")
        String partition,

        @Required
        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "Which rows it is for, as SQL has it, of constants: FOR VALUES FROM (…) TO (…), FOR VALUES IN (…),"
                        + " FOR VALUES WITH (MODULUS …, REMAINDER …) or DEFAULT.")
        String bound)
        implements OperationSpec {}
