package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One statement of a closed list, which runs as it is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunStatementSpec(
        @Required
        @Size(min = 1, max = 16384)
        @JsonPropertyDescription(
                "The statement, of a closed list: functions, views, types, domains, sequences, schemas, extensions, policies, statistics, rights and comments. It runs as it is, under the locks that it is known to take. A few rows can be changed by it, where twice is the same as once.")
        String sql)
        implements OperationSpec {}
