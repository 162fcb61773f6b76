package dev.phaselock.run;

import dev.phaselock.postgres.LockTable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds up for how long which sessions waited behind a try. Fed with what {@link LockTable} shows every few milliseconds;
 * a wait that begins and ends between two looks is not seen, one that is seen is measured from its start (by the
 * server's own {@code waitstart} from PostgreSQL 14 on) to the last look that saw it.
 */
final class DelayMeter {
    private final Map<Integer, Wait> waits = new HashMap<>();
    private int sessions;
    private long longestNanos;
    private long totalNanos;
    private int largestQueue;

    private record Wait(long startedAt, long seenAt) {
        long nanos() {
            return seenAt - startedAt;
        }
    }

    /**
     * What one look saw.
     *
     * @param now when it was taken, nanoseconds
     * @param waiting who waits behind us
     * @param tryStartedAt a wait is owed to us from here on, nanoseconds
     */
    void saw(long now, Collection<LockTable.Entry> waiting, long tryStartedAt) {
        sawWaiting(
                now,
                waiting.stream()
                        .filter(entry -> entry.pid() != null)
                        .map(entry -> new Waiting(entry.pid(), entry.waitMillis()))
                        .toList(),
                tryStartedAt);
    }

    /**
     * Somebody who waits.
     *
     * @param waitMillis for how long; null where the server does not say
     */
    record Waiting(int pid, @Nullable Long waitMillis) {}

    /** Likewise. */
    void sawWaiting(long now, Collection<Waiting> waiting, long tryStartedAt) {
        Map<Integer, Wait> still = new HashMap<>();
        for (Waiting entry : waiting) {
            Wait before = waits.get(entry.pid());
            long startedAt = before != null
                    ? before.startedAt
                    : Math.max(tryStartedAt, entry.waitMillis() == null ? now : now - entry.waitMillis() * 1_000_000);
            still.put(entry.pid(), new Wait(startedAt, now));
        }
        waits.forEach((pid, wait) -> {
            if (!still.containsKey(pid)) {
                count(wait);
            }
        });
        waits.clear();
        waits.putAll(still);
        largestQueue = Math.max(largestQueue, still.size());
    }

    /** The longest of the waits that were still going on at the last look. */
    long presentLongestNanos() {
        return waits.values().stream().mapToLong(Wait::nanos).max().orElse(0);
    }

    /** The try is over; nobody waits behind us any more. */
    void tryEnded(long now) {
        waits.values().forEach(wait -> count(new Wait(wait.startedAt, now)));
        waits.clear();
    }

    private void count(Wait wait) {
        sessions++;
        longestNanos = Math.max(longestNanos, wait.nanos());
        totalNanos += wait.nanos();
    }

    /** Waits that were seen, a session that waited in two tries counted twice. */
    int sessions() {
        return sessions;
    }

    /** The most sessions that one look saw waiting. */
    int largestQueue() {
        return largestQueue;
    }

    long longestNanos() {
        return longestNanos;
    }

    long totalNanos() {
        return totalNanos;
    }
}
