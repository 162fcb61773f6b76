package dev.phaselock.run;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.change.Durations;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Contention;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What people are told when a lock was not to be had: who was there, what was seen, and what they can do. */
final class Wording {
    private Wording() {}

    static String lastInTheWay(List<Blocker> blockers, LocksSpec locks) {
        if (blockers.isEmpty()) {
            return "Nobody was in the way at last: under its locks the statement may need longer than locks.timeout ("
                    + locks.timeout() + "). ";
        }
        Blocker blocker = blockers.getFirst();
        String who = blocker.pid() == null
                ? "a prepared transaction"
                : "pid " + blocker.pid() + " (" + blocker.application() + ")";
        return "Last in the way: " + who + ", for " + format(blocker.ageMillis())
                + (blocker.spared() == null ? "" : ", and not ended because " + blocker.spared()) + ". ";
    }

    /** The numbers; empty when none are known. */
    static String seen(@Nullable Contention contention) {
        return contention == null ? "" : "Seen: " + contention.sentence() + ". ";
    }

    static String nextStep(@Nullable Contention contention, LocksSpec locks) {
        String allowed = contention == null
                ? null
                : contention.advice(Durations.parse(locks.timeout()), Durations.parse(locks.budget()));
        return allowed == null
                ? "End what is in the way, or allow more by locks.timeout or locks.deadline, and retry."
                : capitalized(allowed) + "; or end what is in the way; then retry.";
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private static String format(long millis) {
        return Durations.format(Duration.ofMillis(millis));
    }
}
