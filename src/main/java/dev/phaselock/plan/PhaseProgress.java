package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.phaselock.api.Verified;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a running phase stands: one JSON document per line on the runner's standard output; the last line counts.
 *
 * @param activity {@code Planning}, {@code WaitingForLock}, {@code Applying}, {@code Verifying}, {@code Validating}, {@code Indexing} or {@code Backfilling}
 * @param report what lock acquisition cost so far
 * @param blockers who is in the way now
 * @param percent of the rows that were looked at, or of {@code detail}, 0 to 100; null when unknown
 * @param elapsedMillis since the activity began, milliseconds
 * @param detail what the server says that it is doing, of an index; of a backfill how many rows were filled, or what it
 *     waits for; null for other activities
 * @param contention what was seen of the transactions in the way; null when none was seen
 * @param verified how far the search for violating rows has come, while it found none; null for other activities
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PhaseProgress(
        Activity activity,
        LockReport report,
        List<Blocker> blockers,
        @Nullable Integer percent,
        long elapsedMillis,
        @Nullable String detail,
        @Nullable Contention contention,
        @Nullable Verified verified) {

    /** What a runner is doing. */
    public enum Activity {
        PLANNING,
        WAITING_FOR_LOCK,
        APPLYING,
        VERIFYING,
        VALIDATING,
        INDEXING,
        BACKFILLING
    }

    /** Without a detail. */
    public PhaseProgress(
            Activity activity,
            LockReport report,
            List<Blocker> blockers,
            @Nullable Integer percent,
            long elapsedMillis) {
        this(activity, report, blockers, percent, elapsedMillis, null, null, null);
    }

    /** Of what does not wait for a strong lock. */
    public PhaseProgress(
            Activity activity,
            LockReport report,
            List<Blocker> blockers,
            @Nullable Integer percent,
            long elapsedMillis,
            @Nullable String detail) {
        this(activity, report, blockers, percent, elapsedMillis, detail, null, null);
    }

    /** Of a search for violating rows. */
    public static PhaseProgress verifying(int percent, @Nullable Verified verified, Duration elapsed) {
        return new PhaseProgress(
                Activity.VERIFYING, LockReport.NONE, List.of(), percent, elapsed.toMillis(), null, null, verified);
    }

    public PhaseProgress {
        blockers = List.copyOf(blockers);
    }
}
