package dev.phaselock.operator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who may run a phase now: so many in all, so many with one database Secret, never two on one relation; the rest in the
 * order in which their SchemaChanges were created.
 *
 * <p>The truth is the Jobs that have not ended. Between the leave to make a Job and its appearance in the cache a
 * reservation stands for it, so that reconciliations at the same time do not exceed the limits together. Reservations are
 * in memory only: after a restart there are none, and the caches are filled before anybody asks.
 */
final class PhaseSlots {
    private static final Duration RESERVATION = Duration.ofSeconds(60);

    private final int inAll;
    private final int perDatabase;
    private final Clock clock;
    private final Map<String, Reservation> reservations = new HashMap<>();

    /**
     * A phase that runs or wants to.
     *
     * @param uid the SchemaChange's
     * @param change its name, with the namespace
     * @param database the namespace and name of its Secret
     * @param relations that it may work on
     */
    record Claim(String uid, String change, Instant created, String database, Set<String> relations) {
        static final Comparator<Claim> ORDER =
                Comparator.comparing(Claim::created).thenComparing(Claim::change);

        Claim {
            relations = Set.copyOf(relations);
        }
    }

    private record Reservation(Claim claim, Instant until) {}

    PhaseSlots(OperatorSettings settings, Clock clock) {
        this.inAll = settings.maxRunningPhases();
        this.perDatabase = settings.maxRunningPhasesPerDatabase();
        this.clock = clock;
    }

    /**
     * Asks for leave to make a Job; once given, it counts.
     *
     * @param running the phases whose Jobs have not ended
     * @param queued those that were told to wait
     * @return why not; empty when it may
     */
    synchronized Optional<String> ask(Claim claim, Collection<Claim> running, Collection<Claim> queued) {
        var taken = taken(running, claim.uid());
        Optional<String> refusal = taken.refusal(claim);
        if (refusal.isPresent()) {
            return refusal;
        }
        // Those who came first take what they could use.
        for (Claim older : queued.stream()
                .filter(other -> !other.uid().equals(claim.uid()) && Claim.ORDER.compare(other, claim) < 0)
                .sorted(Claim.ORDER)
                .toList()) {
            if (!taken.has(older.uid()) && taken.refusal(older).isEmpty()) {
                taken.add(older);
            }
        }
        refusal = taken.refusal(claim);
        if (refusal.isEmpty()) {
            reservations.put(claim.uid(), new Reservation(claim, clock.instant().plus(RESERVATION)));
        }
        return refusal;
    }

    /** The change has no Job that is still to come. */
    synchronized void release(String uid) {
        reservations.remove(uid);
    }

    /** Who of those who wait could run now, in their order. */
    synchronized List<Claim> runnable(Collection<Claim> running, Collection<Claim> queued) {
        var taken = taken(running, "");
        List<Claim> runnable = new ArrayList<>();
        for (Claim claim : queued.stream().sorted(Claim.ORDER).toList()) {
            if (!taken.has(claim.uid()) && taken.refusal(claim).isEmpty()) {
                taken.add(claim);
                runnable.add(claim);
            }
        }
        return runnable;
    }

    private Taken taken(Collection<Claim> running, String exceptUid) {
        Instant now = clock.instant();
        reservations.values().removeIf(reservation -> reservation.until().isBefore(now));
        var taken = new Taken();
        Stream.concat(running.stream(), reservations.values().stream().map(Reservation::claim))
                .filter(claim -> !claim.uid().equals(exceptUid))
                .forEach(taken::add);
        return taken;
    }

    /** What is in use. */
    private final class Taken {
        private final Set<String> changes = new HashSet<>();
        private final Map<String, Integer> databases = new HashMap<>();
        private final Map<String, String> relations = new HashMap<>();

        boolean has(String uid) {
            return changes.contains(uid);
        }

        /**
         * A change has one phase at a time, but may have several claims: a Job that has just ended, the next one's
         * reservation. It counts once, with the relations of all of them.
         */
        void add(Claim claim) {
            if (changes.add(claim.uid())) {
                databases.merge(claim.database(), 1, Integer::sum);
            }
            claim.relations().forEach(relation -> relations.put(claim.database() + " " + relation, claim.change()));
        }

        Optional<String> refusal(Claim claim) {
            if (changes.size() >= inAll) {
                return Optional.of("Queued: " + inAll + " phases run already, the most at once; it goes on by itself.");
            }
            if (databases.getOrDefault(claim.database(), 0) >= perDatabase) {
                return Optional.of("Queued: " + perDatabase
                        + " phases run on this database already, the most at once; it goes on by itself.");
            }
            for (String relation : claim.relations().stream().sorted().toList()) {
                String other = relations.get(claim.database() + " " + relation);
                if (other != null) {
                    return Optional.of(
                            "Queued: a phase of " + other + " works on " + relation + "; it goes on by itself.");
                }
            }
            return Optional.empty();
        }
    }
}
