package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A session, or a prepared transaction, that holds a lock that is waited for. Never with its query's text.
 *
 * @param pid null for a prepared transaction
 * @param application its {@code application_name}, empty when it has none
 * @param state as in {@code pg_stat_activity}, {@code prepared}, or {@code unknown} where this role may not see it
 * @param ageMillis the age of its transaction; where this role may not see it, for how long it was seen; milliseconds
 * @param mode the mode that it holds, as {@code ROW EXCLUSIVE}
 * @param relation the relation, schema-qualified
 * @param client its address; null for a local or an unseen one
 * @param spared why {@code locks.blockers} does not end it, a few words; null when it does, is not due, or is not to
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Blocker(
        @Nullable Integer pid,
        String application,
        String state,
        long ageMillis,
        String mode,
        String relation,
        @Nullable String client,
        @Nullable String spared) {

    /** One that nobody would end. */
    public Blocker(
            @Nullable Integer pid,
            String application,
            String state,
            long ageMillis,
            String mode,
            String relation,
            @Nullable String client) {
        this(pid, application, state, ageMillis, mode, relation, client, null);
    }

    /** The same, with a word on why it is not ended. */
    public Blocker sparedBecause(String why) {
        return new Blocker(pid, application, state, ageMillis, mode, relation, client, why);
    }
}
