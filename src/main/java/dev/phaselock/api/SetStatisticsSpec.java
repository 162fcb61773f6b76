package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code ALTER TABLE … ALTER COLUMN … SET STATISTICS}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetStatisticsSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @Required @Size(min = 1, max = 130) @JsonPropertyDescription("The column, an SQL identifier.")
        String column,

        @Required
        @Min(-1)
        @Max(10000)
        @JsonPropertyDescription(
                "How much ANALYZE shall remember of the column, 0 to 10000; -1 for default_statistics_target.")
        Integer target)
        implements OperationSpec {}
