package dev.phaselock.run;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.postgres.BuildView;
import dev.phaselock.postgres.LockTable;
import dev.phaselock.sql.LockMode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who holds a lock that stands in the way of planned ones, and who waits behind ours; seen from a second session.
 *
 * <p>Where this role may not see the age of somebody's transaction (no {@code pg_monitor}), it counts from when the same
 * session and transaction was first seen.
 */
final class LockView {
    private static final Comparator<Blocker> OLDEST_FIRST =
            Comparator.comparingLong(Blocker::ageMillis).reversed();

    private final LockTable table;
    private final BuildView builds;
    private final int sessionPid;
    private final Timing timing;
    private Map<String, Long> firstSeen = new HashMap<>();

    /**
     * @param sessionPid the session that takes the locks
     */
    LockView(LockTable table, BuildView builds, int sessionPid, Timing timing) {
        this.table = table;
        this.builds = builds;
        this.sessionPid = sessionPid;
        this.timing = timing;
    }

    /** Looks now. */
    synchronized Look look(List<RelationLock> locks) throws SQLException {
        Map<Long, RelationLock> byOid = byOid(locks);
        List<LockTable.Entry> entries = table.read(byOid.keySet(), sessionPid);
        long now = timing.nanoTime();
        Map<String, Long> seen = new HashMap<>();
        for (LockTable.Entry entry : entries) {
            seen.put(key(entry), firstSeen.getOrDefault(key(entry), now));
        }
        firstSeen = seen;
        return new Look(byOid, entries, now, Map.copyOf(seen));
    }

    /** What the server says of an index that our session builds or drops. */
    synchronized BuildView.Build build(Relation relation) throws SQLException {
        return builds.read(sessionPid, relation);
    }

    /** Measures who waits behind us until the returned watch is closed. */
    DelayWatch watchDelays(List<RelationLock> locks, DelayMeter delays, long tryStartedAt) {
        return new DelayWatch(this, locks, delays, timing, tryStartedAt);
    }

    private static String key(LockTable.Entry entry) {
        return entry.pid() + " " + entry.transaction();
    }

    private static Map<Long, RelationLock> byOid(List<RelationLock> locks) {
        return locks.stream()
                .collect(Collectors.toMap(
                        lock -> lock.relation().oid(),
                        lock -> lock,
                        (one, other) -> one.mode().compareTo(other.mode()) >= 0 ? one : other));
    }

    /** What one look saw. */
    static final class Look {
        private final Map<Long, RelationLock> planned;
        private final List<LockTable.Entry> entries;
        private final long now;
        private final Map<String, Long> firstSeen;

        private Look(
                Map<Long, RelationLock> planned, List<LockTable.Entry> entries, long now, Map<String, Long> firstSeen) {
            this.planned = planned;
            this.entries = entries;
            this.now = now;
            this.firstSeen = firstSeen;
        }

        long takenAt() {
            return now;
        }

        private boolean conflicts(LockTable.Entry entry) {
            return Optional.ofNullable(planned.get(entry.relation()))
                    .map(lock -> lock.mode().conflictsWith(entry.mode()))
                    .orElse(false);
        }

        /** What is held that conflicts with a planned lock. */
        private Stream<LockTable.Entry> inTheWay() {
            return entries.stream().filter(LockTable.Entry::granted).filter(this::conflicts);
        }

        private long ageMillis(LockTable.Entry entry) {
            if (entry.ageMillis() != null) {
                return entry.ageMillis();
            }
            long since = firstSeen.getOrDefault(key(entry), now);
            return Duration.ofNanos(now - since).toMillis();
        }

        /**
         * Those who hold a conflicting lock in a transaction older than that, the oldest first; one entry for a
         * session and relation, with its strongest mode. A prepared transaction waits for a person and is always one.
         */
        List<Blocker> blockersOlderThan(Duration age) {
            Map<String, Blocker> strongest = new HashMap<>();
            inTheWay()
                    .filter(entry -> entry.pid() == null || ageMillis(entry) >= age.toMillis())
                    .sorted(Comparator.comparing(LockTable.Entry::mode))
                    .forEach(entry -> strongest.put(key(entry) + " " + entry.relation(), blocker(entry)));
            return strongest.values().stream().sorted(OLDEST_FIRST).toList();
        }

        /** Every transaction that holds a conflicting lock, once. */
        Collection<TransactionHistory.Holder> holders() {
            Map<String, TransactionHistory.Holder> holders = new HashMap<>();
            inTheWay()
                    .forEach(entry -> holders.put(
                            key(entry),
                            new TransactionHistory.Holder(
                                    String.valueOf(entry.pid()), key(entry), ageMillis(entry), entry.pid() == null)));
            return holders.values();
        }

        private Blocker blocker(LockTable.Entry entry) {
            return new Blocker(
                    entry.pid(),
                    entry.wraparound() ? "autovacuum (to prevent wraparound)" : entry.application(),
                    Objects.requireNonNullElse(entry.state(), "unknown"),
                    ageMillis(entry),
                    entry.mode().sql(),
                    planned.get(entry.relation()).relation().name().toString(),
                    entry.client());
        }

        /** Whether somebody waits for a lock that our ticket keeps away: it is in his way, and he in the writers'. */
        boolean othersDdlWaits() {
            return entries.stream()
                    .filter(entry -> !entry.granted() && planned.containsKey(entry.relation()))
                    .anyMatch(entry -> entry.mode().conflictsWith(LockMode.SHARE_UPDATE_EXCLUSIVE)
                            && !"autovacuum worker".equals(entry.backendType()));
        }

        /** Whether all that stands in the way are autovacuums that give way. */
        boolean onlyYieldingAutovacuum() {
            return inTheWay().findAny().isPresent() && inTheWay().allMatch(LockTable.Entry::yieldsToWaiters);
        }

        /** Those who wait for a lock that conflicts with a planned one. */
        List<LockTable.Entry> waitingBehindPlanned() {
            return entries.stream()
                    .filter(entry -> !entry.granted())
                    .filter(this::conflicts)
                    .toList();
        }
    }
}
