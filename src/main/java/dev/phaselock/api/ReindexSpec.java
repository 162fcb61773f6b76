package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code REINDEX … CONCURRENTLY}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReindexSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The table: an SQL identifier, schema-qualified or not. Of a partitioned one the indexes of all partitions.")
        String table,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription("One index of it, an SQL identifier; all of them when left out.")
        String index)
        implements OperationSpec {}
