package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The database and how to connect to it. */
public record DatabaseSpec(
        @Required
        @JsonPropertyDescription(
                "The Secret with the connection: uri, jdbc-uri or url; or host, port, dbname (database), user (username), password. It is mounted into the Jobs; the operator never reads it.")
        SecretReference secretRef,

        @Size(max = 253)
        @JsonPropertyDescription(
                "The server's host name, only where the Secret has none: a host beside a Secret that names one is refused.")
        String host,

        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("The server's port, where the Secret has none. 5432 when neither says.")
        Integer port,

        @Size(max = 63) @JsonPropertyDescription("The database's name, where the Secret has none.")
        String name,

        @Size(max = 130)
        @JsonPropertyDescription(
                "The role to act as (SET ROLE), for instance the owner of the tables. An SQL identifier.")
        String role,

        @Size(max = 10)
        @JsonPropertyDescription(
                "The schemas in which unqualified names are looked for, in this order. SQL identifiers; public when left out.")
        List<@Size(max = 130) String> schemas,

        @JsonPropertyDescription("How the connection is encrypted.")
        TlsSpec tls) {}
