package dev.phaselock.bench;

import java.util.HashMap;
import java.util.Map;

/**
 * Adds up waits from what is seen of them now and then. A wait counts from its start to the last time that it was seen, so
 * at most as long as it was; one that begins and ends between two looks is not seen. Times are nanoseconds of one clock.
 */
final class WaitLog {
    private final Map<Integer, Wait> going = new HashMap<>();
    private int ended;
    private long endedNanos;
    private long longestNanos;

    private record Wait(long startedAt, long seenAt) {
        long nanos() {
            return seenAt - startedAt;
        }
    }

    /**
     * What one look saw.
     *
     * @param now when it was taken
     * @param waiting since when which sessions wait
     */
    void saw(long now, Map<Integer, Long> waiting) {
        Map<Integer, Wait> still = new HashMap<>();
        waiting.forEach((pid, since) -> {
            Wait before = going.get(pid);
            // The server tells the start to a millisecond; a start after the last look is another wait.
            boolean same = before != null && since <= before.seenAt;
            Wait wait = new Wait(same ? before.startedAt : Math.min(since, now), now);
            if (same) {
                going.remove(pid);
            }
            still.put(pid, wait);
            longestNanos = Math.max(longestNanos, wait.nanos());
        });
        end();
        going.putAll(still);
    }

    /** Nobody waits any more. */
    void end() {
        ended += going.size();
        endedNanos += going.values().stream().mapToLong(Wait::nanos).sum();
        going.clear();
    }

    /** How many waits were seen, those that go on included. */
    int waits() {
        return ended + going.size();
    }

    long longestNanos() {
        return longestNanos;
    }

    /** All of them together. */
    long totalNanos() {
        return endedNanos + going.values().stream().mapToLong(Wait::nanos).sum();
    }
}
