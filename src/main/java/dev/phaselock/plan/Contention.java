package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.phaselock.change.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of the transactions that stood in the way of a lock, so that a person can decide what to allow. Measured by
 * looks some ten milliseconds apart, so nothing is known more exactly than that; all durations in milliseconds.
 *
 * @param seenMillis for how long was looked
 * @param transactions how many stood in the way
 * @param medianMillis the median of their lengths, from their begin to their end; null before one has ended
 * @param longestMillis the longest of them, those included that have not ended
 * @param longestGapMillis the longest time in which none was in the way
 * @param enoughMillis a try of this length would have won at one look in four: what {@code locks.timeout} would have to
 *     allow; null when nothing that was seen would have been enough
 * @param queue how many sessions would wait behind a try: one of such a length costs that many times it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Contention(
        long seenMillis,
        int transactions,
        @Nullable Long medianMillis,
        long longestMillis,
        long longestGapMillis,
        @Nullable Long enoughMillis,
        int queue) {

    /** Lengths that people would write, in milliseconds. */
    private static final long[] ROUND = {
        20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000
    };

    /** The numbers, as in {@code 214 transactions in the way in 5m, median 0.9s, longest 3.1s, longest gap 12ms}. */
    public String sentence() {
        return transactions + (transactions == 1 ? " transaction" : " transactions") + " in the way in "
                + format(seenMillis)
                + (medianMillis == null ? ", none of which ended" : ", median " + format(medianMillis)) + ", longest "
                + format(longestMillis)
                + (longestGapMillis == 0 ? ", no gap" : ", longest gap " + format(longestGapMillis));
    }

    /**
     * What would have been enough, by what was seen.
     *
     * @return null when that is allowed already, or when nothing that was seen would have been enough
     */
    public @Nullable String advice(Duration timeout, Duration budget) {
        if (enoughMillis == null) {
            return null;
        }
        long enough = rounded(enoughMillis);
        long cost = rounded(enough * Math.max(1, queue));
        boolean longer = enough > timeout.toMillis();
        boolean more = cost > budget.toMillis();
        return longer || more
                ? (longer ? "a locks.timeout of " + format(enough) : "")
                        + (longer && more ? " with " : "")
                        + (more ? "a locks.budget of " + format(cost) : "")
                        + " would do"
                : null;
    }

    private static long rounded(long millis) {
        for (long round : ROUND) {
            if (millis <= round) {
                return round;
            }
        }
        return millis;
    }

    private static String format(long millis) {
        return Durations.format(Duration.ofMillis(millis));
    }
}
