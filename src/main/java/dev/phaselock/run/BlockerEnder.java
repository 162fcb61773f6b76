package dev.phaselock.run;

import dev.phaselock.api.BlockersSpec.Action;
import dev.phaselock.change.Durations;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.postgres.BlockerSignal;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Does to those in the way what {@code locks.blockers} says, and remembers it. It decides nothing: {@link BlockerSignal}
 * looks at the session again and spares whom nobody ends.
 */
final class BlockerEnder {
    /** A signal takes its time to work; a session that ignores it is asked again. */
    private static final Duration AGAIN = Duration.ofSeconds(5);
    /** Why somebody is spared does not change often. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final BlockerSignal signal;
    private final LockLimits limits;
    private final Timing timing;
    private final Map<Integer, Long> notBefore = new HashMap<>();
    private final Map<Integer, String> spared = new HashMap<>();
    private final List<String> endings = new ArrayList<>();
    private int ended;

    BlockerEnder(BlockerSignal signal, LockLimits limits, Timing timing) {
        this.signal = signal;
        this.limits = limits;
        this.timing = timing;
    }

    /** Ends those that are old enough; the same blockers, with a word on why one is spared. */
    List<Blocker> act(List<Blocker> blockers) throws SQLException {
        if (limits.blockers() == Action.WAIT) {
            return blockers;
        }
        List<Blocker> told = new ArrayList<>();
        for (Blocker blocker : blockers) {
            if (blocker.pid() != null
                    && blocker.ageMillis() >= limits.blockersAfter().toMillis()) {
                act(blocker, blocker.pid());
            }
            String why = blocker.pid() == null ? "it is a prepared transaction" : spared.get(blocker.pid());
            told.add(why == null ? blocker : blocker.sparedBecause(why));
        }
        return told;
    }

    private void act(Blocker blocker, int pid) throws SQLException {
        long now = timing.nanoTime();
        Long due = notBefore.get(pid);
        if (due != null && now - due < 0) {
            return;
        }
        spared.remove(pid);
        boolean terminate = limits.blockers() == Action.TERMINATE;
        switch (signal.send(pid, terminate, limits.blockersAfter())) {
            case BlockerSignal.Answer.Sent() -> {
                notBefore.put(pid, now + AGAIN.toNanos());
                ended++;
                endings.add((terminate ? "Terminated pid " : "Cancelled the statement of pid ") + pid
                        + (blocker.application().isEmpty() ? "" : " (" + blocker.application() + ")") + ", "
                        + blocker.state() + ", whose transaction was in the way and "
                        + Durations.format(Duration.ofMillis(blocker.ageMillis())) + " old.");
                if (endings.size() > LockReport.ENDINGS) {
                    endings.removeFirst();
                }
            }
            case BlockerSignal.Answer.Spared(String why) -> {
                notBefore.put(pid, now + LOOK_AGAIN.toNanos());
                spared.put(pid, why);
            }
            case BlockerSignal.Answer.NotDue() -> notBefore.put(pid, now + LOOK_AGAIN.toNanos());
        }
    }

    /** How often somebody was cancelled or terminated. */
    int ended() {
        return ended;
    }

    /** The latest of those acts. */
    List<String> endings() {
        return List.copyOf(endings);
    }
}
