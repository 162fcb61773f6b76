package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code ALTER TABLE … REPLICA IDENTITY}. */
@ValidationRule(value = "has(self.identity) != has(self.index)", message = "either identity or index is wanted")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetReplicaIdentitySpec(
        @Required
        @Size(min = 1, max = 270)
        @JsonPropertyDescription("The table: an SQL identifier, schema-qualified or not.")
        String table,

        @JsonPropertyDescription("Default: by the primary key. Full: by all columns. Nothing: by none.")
        Identity identity,

        @Size(min = 1, max = 130)
        @JsonPropertyDescription("By the columns of this unique index of it, an SQL identifier.")
        String index)
        implements OperationSpec {

    /** By what rows are named. */
    public enum Identity {
        @JsonProperty("Default")
        DEFAULT,
        @JsonProperty("Full")
        FULL,
        @JsonProperty("Nothing")
        NOTHING
    }
}
