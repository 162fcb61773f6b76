package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … DETACH PARTITION}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DetachPartitionSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The partitioned table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The partition, which becomes a table by itself: an SQL identifier, schema-qualified or not.")
        String partition)
        implements OperationSpec {}
