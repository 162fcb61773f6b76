package dev.phaselock.bench;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Phaselock itself: the phases of its plan that take a strong lock, carried out by the runner of a Job, in sessions as a
 * Job opens them.
 */
final class PhaselockPolicy {
    /** The one that is measured, as namespace/name. */
    static final String CHANGE = "bench/locks";

    private static final DatabaseSpec DATABASE =
            new DatabaseSpec(new SecretReference("bench"), null, null, null, null, null, null);
    private static final Duration FAULT_PAUSE = Duration.ofSeconds(1);

    private final String name;
    private final ConnectionSettings settings;
    private final ChangeSpec change;
    private final LocksSpec locks;
    private final Timing timing = Timing.system();
    private final PhaseResult.PlanSummary plan;

    private int opened;
    private long ranAt;
    private long leadNanos;

    /**
     * Plans; that changes nothing.
     *
     * @param name of the SchemaChange, with its namespace: {@code bench/locks}
     * @param url {@code postgresql://…}, with user and password
     * @param locks what it is allowed; the deadline is said by {@link #run}
     * @throws IllegalStateException when there is no plan
     */
    PhaselockPolicy(String name, String url, ChangeSpec change, LocksSpec locks) {
        this.name = name;
        this.settings = ConnectionSettings.ofUrl(url, DATABASE, Map.of());
        this.change = change;
        this.locks = locks;
        PhaseResult preflight = run(PhaseRequest.PREFLIGHT, null, LockReport.NONE, LocksSpec.DEFAULT.deadline());
        if (preflight.outcome() != Outcome.DONE || preflight.plan() == null) {
            throw new IllegalStateException("Phaselock does not plan it: " + preflight.message());
        }
        this.plan = preflight.plan();
    }

    /** Carries them out within a window; {@code locks.deadline} is its end. */
    Ending run(Duration window) {
        long startedAt = timing.nanoTime();
        ranAt = startedAt;
        opened = 0;
        LockReport cost = LockReport.NONE;
        for (PhaseSummary phase : plan.phases()) {
            while (phase.type().applies()) {
                Duration left = window.minusNanos(timing.nanoTime() - startedAt);
                if (left.isNegative()) {
                    return ending(cost, startedAt, "not within the window");
                }
                PhaseResult result = run(phase.name(), plan.hash(), cost, Math.max(1, left.toMillis()) + "ms");
                cost = cost.plus(result.report());
                if (result.outcome() == Outcome.DONE) {
                    break;
                }
                if (result.outcome() != Outcome.TRANSIENT) {
                    return ending(
                            cost,
                            startedAt,
                            result.outcome() == Outcome.DEADLINE ? "not within the window" : result.message());
                }
                timing.sleep(timing.jittered(FAULT_PAUSE));
            }
        }
        return ending(cost, startedAt, null);
    }

    /**
     * Carries out all phases, the one that validates too.
     *
     * @throws IllegalStateException when one of them does not end as done
     */
    void runAll() {
        plan.phases().forEach(this::runOne);
    }

    /** Only those of a type; likewise. */
    void run(PhaseType type) {
        plan.phases().stream().filter(phase -> phase.type() == type).forEach(this::runOne);
    }

    private void runOne(PhaseSummary phase) {
        PhaseResult result = run(phase.name(), plan.hash(), LockReport.NONE, LocksSpec.DEFAULT.deadline());
        if (result.outcome() != Outcome.DONE) {
            throw new IllegalStateException(phase.label() + ": " + result.message());
        }
    }

    /**
     * From the beginning of {@link #run} to the first look at the locks: it opens two sessions and plans in between. The
     * other policies, which have a session already, begin that much later, so that all meet the same transactions.
     */
    Duration lead() {
        return Duration.ofNanos(leadNanos);
    }

    private Ending ending(LockReport cost, long startedAt, @Nullable String reason) {
        double acquired = cost.waitedMillis() + cost.heldMillis();
        double all = (timing.nanoTime() - startedAt) / 1e6;
        return new Ending(
                reason == null ? acquired : null,
                cost.tries(),
                reason,
                Math.max(0, all - acquired),
                cost.longestDelayMillis(),
                cost.heldMillis());
    }

    private Connection open(String phase) throws SQLException {
        Connection connection = new Sessions(settings, name, phase).open();
        // The second is the one that looks.
        if (++opened == 2) {
            leadNanos = timing.nanoTime() - ranAt;
        }
        return connection;
    }

    private PhaseResult run(String phase, @Nullable String hash, LockReport before, String deadline) {
        return new PhaseRunner(() -> open(phase), timing, new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        name,
                        phase,
                        hash,
                        DATABASE,
                        List.of(change),
                        new LocksSpec(locks.timeout(), locks.budget(), deadline),
                        ValidationSpec.DEFAULT,
                        0,
                        before.delayedMillis(),
                        null));
    }
}
