package dev.phaselock.run;

import dev.phaselock.plan.Contention;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Learns from the looks how long the transactions last that stand in the way, how long it takes until all that stand there
 * at one moment have ended, and how long nobody stands there. Nothing is known more exactly than the looks are apart.
 */
final class TransactionHistory {
    /** Younger ones do not count as in the way: a short try outlasts most of them. */
    static final Duration IN_THE_WAY = TryPace.SHORTEST.multipliedBy(2);

    private static final int REMEMBERED = 1000;
    private static final int MOMENTS_AT_ONCE = 64;
    private static final Duration MOMENTS_APART = Duration.ofMillis(50);

    /**
     * What is believed of a transaction before others were seen to end counts as much as so many that were seen: that it
     * lasts as long again as it has lasted (Lindy's rule), which fits an import as well as a session somebody forgot.
     */
    private static final double PRIOR = 4;

    private static final int EXPERIENCE = 20;

    /** Who held such a lock so lately is likely to ask for it again soon, and would wait behind a try. */
    private static final Duration RECENT = Duration.ofSeconds(5);

    private final Map<String, Seen> present = new HashMap<>();
    private final Map<String, Long> sessions = new HashMap<>();
    private final Deque<Long> lengths = new ArrayDeque<>();
    private final Deque<Long> untilAllEnded = new ArrayDeque<>();
    private final List<Moment> moments = new ArrayList<>();
    private int transactions;
    private long longestMillis;
    private long longestGapNanos;
    private long gapSince;
    private boolean gap;
    private long firstLook;
    private long latestLook;
    private boolean looked;

    /** @param ageMillis at the look, which was taken at {@code at}, nanoseconds */
    private record Seen(long ageMillis, long at) {}

    /** @param left those who stood in the way at that time and still do */
    private record Moment(long at, Set<String> left) {}

    /**
     * A transaction that holds a conflicting lock.
     *
     * @param session whose it is
     * @param key tells it from others, as long as it lasts
     * @param prepared it ends only when a person ends it
     */
    record Holder(String session, String key, long ageMillis, boolean prepared) {
        boolean inTheWay() {
            return prepared || ageMillis >= IN_THE_WAY.toMillis();
        }
    }

    /**
     * What one look saw.
     *
     * @param now when it was taken, nanoseconds
     */
    void saw(long now, Collection<Holder> holders) {
        if (!looked) {
            looked = true;
            firstLook = now;
        }
        Map<String, Seen> inTheWay = new HashMap<>();
        for (Holder holder : holders) {
            sessions.put(holder.session(), now);
            if (holder.inTheWay()) {
                inTheWay.put(holder.key(), new Seen(holder.ageMillis(), now));
                longestMillis = Math.max(longestMillis, holder.ageMillis());
                if (!present.containsKey(holder.key())) {
                    transactions++;
                }
            }
        }
        present.forEach((key, seen) -> {
            if (!inTheWay.containsKey(key)) {
                // It ended somewhere between the two looks.
                remember(lengths, seen.ageMillis() + millis(now - seen.at()) / 2);
            }
        });
        sessions.values().removeIf(seen -> now - seen > RECENT.toNanos());
        present.clear();
        present.putAll(inTheWay);
        followMoments(now);
        followGap(now);
        latestLook = now;
    }

    private void followMoments(long now) {
        for (Iterator<Moment> each = moments.iterator(); each.hasNext(); ) {
            Moment moment = each.next();
            moment.left().retainAll(present.keySet());
            if (moment.left().isEmpty()) {
                remember(untilAllEnded, millis(now - moment.at()));
                each.remove();
            }
        }
        boolean due = moments.isEmpty() || now - moments.getLast().at() >= MOMENTS_APART.toNanos();
        if (due && !present.isEmpty() && moments.size() < MOMENTS_AT_ONCE) {
            moments.add(new Moment(now, new HashSet<>(present.keySet())));
        }
    }

    private void followGap(long now) {
        if (gap) {
            longestGapNanos = Math.max(longestGapNanos, now - gapSince);
        }
        if (present.isEmpty() && !gap) {
            gapSince = now;
        }
        gap = present.isEmpty();
    }

    /** How many sessions have held a conflicting lock lately: so many would wait behind a longer try. */
    int sessions() {
        return sessions.size();
    }

    /** Whether so many were seen to end that what was seen says more than what is believed. */
    boolean hasExperience() {
        return lengths.size() >= EXPERIENCE;
    }

    /** Between 0 and 1, how likely all of them end within a time. Those that are young do not count. */
    double endWithin(Collection<Holder> holders, Duration time) {
        double all = 1;
        for (Holder holder : holders) {
            if (holder.inTheWay()) {
                all *= holder.prepared() ? 0 : endWithin(holder.ageMillis(), time.toMillis());
            }
        }
        return all;
    }

    private double endWithin(long ageMillis, long millis) {
        int older = 0;
        int ended = 0;
        for (long length : lengths) {
            if (length > ageMillis) {
                older++;
                if (length <= ageMillis + millis) {
                    ended++;
                }
            }
        }
        double believed = (double) millis / (ageMillis + millis);
        return (ended + PRIOR * believed) / (older + PRIOR);
    }

    /**
     * What a person is told; null when nobody stood in the way.
     *
     * @param queue how many sessions would wait behind a try
     */
    @Nullable
    Contention contention(int queue) {
        if (transactions == 0) {
            return null;
        }
        return new Contention(
                millis(latestLook - firstLook),
                transactions,
                quantile(lengths, 0.5),
                longestMillis,
                millis(longestGapNanos),
                quantile(untilAllEnded, 0.25),
                queue);
    }

    private static @Nullable Long quantile(Collection<Long> values, double quantile) {
        if (values.isEmpty()) {
            return null;
        }
        long[] sorted = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return sorted[(int) (quantile * (sorted.length - 1))];
    }

    private static void remember(Deque<Long> values, long value) {
        values.addLast(value);
        if (values.size() > REMEMBERED) {
            values.removeFirst();
        }
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }
}
