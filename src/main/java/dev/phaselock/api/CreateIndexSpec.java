package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** {@code CREATE INDEX CONCURRENTLY}. */
@ValidationRule(
        value = "!has(self.nullsNotDistinct) || !self.nullsNotDistinct || (has(self.unique) && self.unique)",
        message = "nullsNotDistinct needs unique: true")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateIndexSpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table that gets the index: an SQL identifier, schema-qualified or not.")
        String table,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription(
                "The index's name, an SQL identifier; its schema is the table's. When left out, the name that PostgreSQL would give.")
        String name,

        @Required @Size(min = 1, max = 32) @JsonPropertyDescription("What is indexed, in this order.")
        List<Column> columns,

        @Size(min = 1, max = 32)
        @JsonPropertyDescription("Columns that are kept in the index too, without being searched by. SQL identifiers.")
        List<@Size(min = 1, max = 130) String> include,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription("The access method: btree when left out, or gin, gist, brin, hash, …")
        String method,

        @JsonPropertyDescription("Whether no two rows may have the same key. false when left out.")
        Boolean unique,

        @JsonPropertyDescription(
                "Whether two nulls of a unique index are the same. PostgreSQL 15 and newer. false when left out.")
        Boolean nullsNotDistinct,

        @Size(min = 1, max = 8192)
        @JsonPropertyDescription("The condition of the rows that are in the index: exactly one SQL expression.")
        String where,

        @Size(min = 1, max = 16) @JsonPropertyDescription("Storage parameters of the index, as fillfactor.")
        List<Parameter> storageParameters)
        implements OperationSpec {

    /** A column or an expression, and how it is sorted. */
    @ValidationRule(
            value = "has(self.name) != has(self.expression)",
            message = "either name or expression is wanted in each element of columns")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Column(
            @Size(min = 1, max = 130) @JsonPropertyDescription("The column, an SQL identifier.")
            String name,

            @Size(min = 1, max = 8192)
            @JsonPropertyDescription("Exactly one SQL expression over the table's columns, instead of a column.")
            String expression,

            @Size(min = 1, max = 270)
            @JsonPropertyDescription("The collation, an SQL identifier; the column's own when left out.")
            String collation,

            @Size(min = 1, max = 270)
            @JsonPropertyDescription("The operator class, an SQL identifier; the type's own when left out.")
            String operatorClass,

            @JsonPropertyDescription("How it is sorted. Asc when left out.")
            Order order,

            @JsonPropertyDescription("Where nulls are sorted. Last for Asc and First for Desc when left out.")
            Nulls nulls) {

        /** Just a column. */
        public static Column of(String name) {
            return new Column(name, null, null, null, null, null);
        }
    }

    /** A storage parameter. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Parameter(
            @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Its name, as fillfactor.")
            String name,

            @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Its value: a number or a word, as \"70\".")
            String value) {}

    /** A sort order. */
    public enum Order {
        @JsonProperty("Asc")
        ASC,
        @JsonProperty("Desc")
        DESC
    }

    /** Where nulls are sorted. */
    public enum Nulls {
        @JsonProperty("First")
        FIRST,
        @JsonProperty("Last")
        LAST
    }
}
