package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.phaselock.api.BackfillSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.api.Verified;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Job's runner is asked to do: a JSON document in the environment variable {@code PHASELOCK_REQUEST}. It holds no
 * password; the Secret is mounted.
 *
 * @param change {@code namespace/name} of the SchemaChange, for {@code application_name}
 * @param phase the phase's name, {@link #PREFLIGHT} for the first
 * @param planHash the hash that the plan must have; null for Preflight
 * @param changes what is wanted; null where {@code sql} says it
 * @param waitedMillis how long earlier Jobs of this phase waited for its lock, milliseconds
 * @param delayedMillis for how long writers waited because of all tries of this change so far, milliseconds
 * @param sql what is wanted, as statements; null where {@code changes} says it
 * @param backfill how rows get their value of a new column
 * @param verified what an earlier Job of a Verify phase looked through and found clean; null when there is none
 * @param undoable whether it is to be possible to undo the changes: Preflight then looks what was there before
 * @param undo what is to be undone, an {@link Undo}; null where the changes are to be carried out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PhaseRequest(
        String change,
        String phase,
        @Nullable String planHash,
        DatabaseSpec database,
        @Nullable List<ChangeSpec> changes,
        LocksSpec locks,
        ValidationSpec validation,
        long waitedMillis,
        long delayedMillis,
        @Nullable String sql,
        BackfillSpec backfill,
        @Nullable Verified verified,
        boolean undoable,
        @Nullable String undo) {
    public static final String PREFLIGHT = "preflight";

    /** With the defaults of a backfill. */
    public PhaseRequest(
            String change,
            String phase,
            @Nullable String planHash,
            DatabaseSpec database,
            @Nullable List<ChangeSpec> changes,
            LocksSpec locks,
            ValidationSpec validation,
            long waitedMillis,
            long delayedMillis,
            @Nullable String sql) {
        this(
                change,
                phase,
                planHash,
                database,
                changes,
                locks,
                validation,
                waitedMillis,
                delayedMillis,
                sql,
                BackfillSpec.DEFAULT);
    }

    /** Of what nobody wants undone. */
    public PhaseRequest(
            String change,
            String phase,
            @Nullable String planHash,
            DatabaseSpec database,
            @Nullable List<ChangeSpec> changes,
            LocksSpec locks,
            ValidationSpec validation,
            long waitedMillis,
            long delayedMillis,
            @Nullable String sql,
            BackfillSpec backfill) {
        this(
                change,
                phase,
                planHash,
                database,
                changes,
                locks,
                validation,
                waitedMillis,
                delayedMillis,
                sql,
                backfill,
                null,
                false,
                null);
    }
}
