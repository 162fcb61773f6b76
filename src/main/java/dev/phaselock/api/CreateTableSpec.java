package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** {@code CREATE TABLE}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateTableSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription(
                "The table: an SQL identifier, schema-qualified, or else in the first of database.schemas.")
        String table,

        @Required
        @Size(min = 1, max = 8192)
        @JsonPropertyDescription(
                "Its columns and constraints: what stands between the parentheses of CREATE TABLE, without comments and LIKE.")
        String elements,

        @Size(min = 1, max = 1024)
        @JsonPropertyDescription("By what it is partitioned, such as RANGE (created). Not partitioned when left out.")
        String partitionBy)
        implements OperationSpec {}
