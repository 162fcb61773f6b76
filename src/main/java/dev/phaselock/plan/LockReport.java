package dev.phaselock.plan;

/**
 * What lock acquisition cost, measured. All durations in milliseconds, with a resolution of a few of them.
 *
 * @param tries tries to take the strong locks
 * @param waitedMillis from the first look to the lock, most of it without standing in any queue
 * @param heldMillis for how long the strong locks were held
 * @param writersDelayed sessions seen waiting behind a try
 * @param longestDelayMillis the longest that one of them waited
 * @param delayedMillis all that they waited, added up
 */
public record LockReport(
        int tries,
        long waitedMillis,
        long heldMillis,
        int writersDelayed,
        long longestDelayMillis,
        long delayedMillis) {
    public static final LockReport NONE = new LockReport(0, 0, 0, 0, 0, 0);

    /** The report of two pieces of work, one after the other. */
    public LockReport plus(LockReport other) {
        return new LockReport(
                tries + other.tries,
                waitedMillis + other.waitedMillis,
                heldMillis + other.heldMillis,
                writersDelayed + other.writersDelayed,
                Math.max(longestDelayMillis, other.longestDelayMillis),
                delayedMillis + other.delayedMillis);
    }
}
