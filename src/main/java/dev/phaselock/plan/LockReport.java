package dev.phaselock.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * What lock acquisition cost, measured. All durations in milliseconds, with a resolution of a few of them.
 *
 * @param tries tries to take the strong locks
 * @param waitedMillis from the first look to the lock, most of it without standing in any queue
 * @param heldMillis for how long the strong locks were held
 * @param writersDelayed sessions seen waiting behind a try
 * @param longestDelayMillis the longest that one of them waited
 * @param delayedMillis all that they waited, added up
 * @param blockersEnded how often a blocker was cancelled or terminated
 * @param endings the latest of those acts, a sentence each, at most {@link #ENDINGS}; never null
 */
public record LockReport(
        int tries,
        long waitedMillis,
        long heldMillis,
        int writersDelayed,
        long longestDelayMillis,
        long delayedMillis,
        int blockersEnded,
        List<String> endings) {
    public static final LockReport NONE = new LockReport(0, 0, 0, 0, 0, 0);

    /** They have to fit into a termination message. */
    public static final int ENDINGS = 5;

    public LockReport {
        // Of a Job that a version before this one made.
        endings = endings == null ? List.of() : List.copyOf(endings);
    }

    /** Where no blocker was ended. */
    public LockReport(
            int tries,
            long waitedMillis,
            long heldMillis,
            int writersDelayed,
            long longestDelayMillis,
            long delayedMillis) {
        this(tries, waitedMillis, heldMillis, writersDelayed, longestDelayMillis, delayedMillis, 0, List.of());
    }

    /** The report of two pieces of work, one after the other. */
    public LockReport plus(LockReport other) {
        return new LockReport(
                tries + other.tries,
                waitedMillis + other.waitedMillis,
                heldMillis + other.heldMillis,
                writersDelayed + other.writersDelayed,
                Math.max(longestDelayMillis, other.longestDelayMillis),
                delayedMillis + other.delayedMillis,
                blockersEnded + other.blockersEnded,
                latest(endings, other.endings));
    }

    private static List<String> latest(List<String> earlier, List<String> later) {
        List<String> all = new ArrayList<>(earlier);
        all.addAll(later);
        return all.subList(Math.max(0, all.size() - ENDINGS), all.size());
    }
}
