package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** A session, or a prepared transaction, that holds a lock that a phase waits for. Its query is never told. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BlockerStatus(
        @JsonPropertyDescription("The session's process id; absent for a prepared transaction.")
        Integer pid,

        @JsonPropertyDescription("Its application_name.") String application,

        @JsonPropertyDescription("Its state: active, idle in transaction, prepared, …; unknown without pg_monitor.")
        String state,

        @JsonPropertyDescription("How old its transaction is, or how long it was seen without pg_monitor.")
        String age,

        @JsonPropertyDescription("The lock mode that it holds.")
        String mode,

        @JsonPropertyDescription("The relation.") String relation,

        @JsonPropertyDescription("The address that it connected from.")
        String client,

        @JsonPropertyDescription("The pod with that address, where it is one of this cluster's.")
        String pod,

        @JsonPropertyDescription("Why locks.blockers does not end it.")
        String spared) {}
