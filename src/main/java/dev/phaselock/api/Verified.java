package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * How far the search for violating rows has come without finding any: a Job that follows goes on there. It saves work
 * only; whether all rows are as they shall be is PostgreSQL's own word, when it validates.
 */
public record Verified(
        @Required
        @JsonPropertyDescription("The table that is being looked through; those before it in the plan are done.")
        String table,

        @Required @JsonPropertyDescription("The first block of it that was not looked through, from 0.")
        Long block) {}
