package dev.phaselock.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How a policy ended.
 *
 * @param acquiredMillis from its beginning to the lock and the statement done under it; null when it never was
 * @param tries how often it stood in the queue
 * @param reason why it was not acquired; null when it was
 * @param preparationMillis of {@code Phaselock}: what it did besides, from opening its sessions to planning again; 0 for the
 *     others, whose session is open
 * @param ownLongestMillis of {@code Phaselock}: the longest delay of a writer that it tells of itself
 * @param ownHeldMillis of {@code Phaselock}: for how long it held the strong locks, as it tells of itself
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Ending(
        @Nullable Double acquiredMillis,
        int tries,
        @Nullable String reason,
        double preparationMillis,
        @Nullable Long ownLongestMillis,
        @Nullable Long ownHeldMillis) {
    static Ending acquired(double millis, int tries) {
        return new Ending(millis, tries, null, 0, null, null);
    }

    static Ending never(int tries, String reason) {
        return new Ending(null, tries, reason, 0, null, null);
    }
}
