package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code REINDEX … CONCURRENTLY}. */
@ValidationRule(value = "has(self.table) || has(self.index)", message = "a table or an index is wanted")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReindexSpec(
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The table: an SQL identifier, schema-qualified or not. Of a partitioned one the indexes of all partitions. When left out, it is found by the index's name.")
        String table,

        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "One index of it, an SQL identifier; all of them when left out. Without a table it may be schema-qualified.")
        String index)
        implements OperationSpec {}
