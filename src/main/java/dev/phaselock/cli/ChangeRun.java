package dev.phaselock.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.plan.Violations;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.SessionFactory;
import dev.phaselock.run.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Carries one SchemaChange out, phase by phase, in this process: what the operator does with Jobs. Passing faults are
 * repeated with backoff, violations looked at again, until the change is ready, refused, or out of time.
 */
final class ChangeRun {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int MOST_FAULTS_IN_A_ROW = 20;
    private static final int MOST_PLANS = 10;

    private final Function<String, SessionFactory> sessions;
    private final Timing timing;
    private final Interruption interruption;
    private final RunDisplay display;
    private final boolean waitForCleanUp;
    private final Map<String, LockReport> reports = new LinkedHashMap<>();

    /**
     * @param sessions opens sessions that are named after a phase
     * @param waitForCleanUp whether violations are looked at again until they are gone
     */
    ChangeRun(
            Function<String, SessionFactory> sessions,
            Timing timing,
            Interruption interruption,
            RunDisplay display,
            boolean waitForCleanUp) {
        this.sessions = sessions;
        this.timing = timing;
        this.interruption = interruption;
        this.display = display;
        this.waitForCleanUp = waitForCleanUp;
    }

    /** How a change ended; the document that {@code --output json} prints. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Report(
            String name,
            boolean ready,
            Outcome outcome,
            String reason,
            String message,
            @Nullable String sqlState,
            @Nullable String serverVersion,
            List<PhaseReport> phases,
            List<Violations> violations,
            List<Blocker> blockers) {}

    /** One phase of it. */
    record PhaseReport(
            String name,
            String type,
            String label,
            String state,
            List<String> sql,
            @JsonUnwrapped LockReport cost) {}

    private record Several(boolean ready, List<Report> changes) {}

    /** One document: of the only change, or of all of them. */
    static String json(List<Report> reports) {
        return ResultJson.write(
                reports.size() == 1
                        ? reports.getFirst()
                        : new Several(reports.stream().allMatch(Report::ready), reports));
    }

    Report run(Manifest manifest) {
        for (int plans = 0; plans < MOST_PLANS; plans++) {
            PhaseResult preflight = attempt(manifest, PhaseRequest.PREFLIGHT, null, plans > 0);
            if (preflight.outcome() != Outcome.DONE || preflight.plan() == null) {
                Report report = report(manifest, preflight, List.of());
                display.finished(report);
                return report;
            }
            List<PhaseSummary> phases = preflight.plan().phases();
            display.planned(preflight);
            PhaseResult last = preflight;
            for (PhaseSummary phase : phases) {
                if (phase.done()) {
                    display.alreadyDone(phase);
                    continue;
                }
                last = attempt(manifest, phase.name(), preflight.plan().hash(), true);
                display.ended(phase, last);
                if (last.outcome() != Outcome.DONE) {
                    break;
                }
            }
            if (last.outcome() != Outcome.PLAN_CHANGED) {
                Report report = report(manifest, last, phases);
                display.finished(report);
                return report;
            }
        }
        throw new IllegalStateException(
                "the tables of " + manifest.qualifiedName() + " change all the time: planned " + MOST_PLANS + " times");
    }

    /**
     * Runs a phase until it is done or a person is needed.
     *
     * @param patient whether passing faults are repeated; not at the first connection, which a person waits for
     */
    private PhaseResult attempt(Manifest manifest, String phase, @Nullable String hash, boolean patient) {
        Duration pause = FIRST_PAUSE;
        int faults = 0;
        while (true) {
            PhaseRunner runner = new PhaseRunner(
                    sessions.apply(phase), timing, interruption, progress -> display.progress(phase, progress));
            PhaseResult result = runner.run(request(manifest, phase, hash));
            reports.merge(phase, result.report(), LockReport::plus);
            boolean again = switch (result.outcome()) {
                case TRANSIENT -> patient && ++faults < MOST_FAULTS_IN_A_ROW;
                case VIOLATED -> waitForCleanUp;
                case DONE, REFUSED, PLAN_CHANGED, DEADLINE, INTERRUPTED -> false;
            };
            if (!again) {
                return result;
            }
            display.waits(phase, result, pause);
            timing.sleep(timing.jittered(pause));
            if (interruption.requested()) {
                return new PhaseResult(
                        Outcome.INTERRUPTED,
                        Reason.INTERRUPTED,
                        "Interrupted. " + result.message(),
                        null,
                        result.serverVersion(),
                        result.plan(),
                        LockReport.NONE,
                        result.blockers(),
                        result.violations(),
                        result.applied(),
                        result.validated());
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private PhaseRequest request(Manifest manifest, String phase, @Nullable String hash) {
        long delayed =
                reports.values().stream().mapToLong(LockReport::delayedMillis).sum();
        return new PhaseRequest(
                manifest.qualifiedName(),
                phase,
                hash,
                manifest.spec().database(),
                manifest.spec().changes(),
                manifest.spec().locksOrDefault(),
                manifest.spec().validationOrDefault(),
                reports.getOrDefault(phase, LockReport.NONE).waitedMillis(),
                delayed,
                manifest.spec().sql(),
                manifest.spec().backfillOrDefault());
    }

    private Report report(Manifest manifest, PhaseResult last, List<PhaseSummary> planned) {
        boolean ready = last.outcome() == Outcome.DONE;
        List<PhaseReport> phases = new ArrayList<>();
        boolean reached = true;
        for (PhaseSummary phase : planned) {
            boolean ran = reports.containsKey(phase.name());
            boolean isLast = ran
                    && planned.stream()
                            .dropWhile(other -> !other.name().equals(phase.name()))
                            .skip(1)
                            .noneMatch(other -> reports.containsKey(other.name()));
            String state = phase.done() || (ran && (ready || !isLast))
                    ? "Done"
                    : ran ? stateOf(last.outcome()) : reached && ready ? "Done" : "Pending";
            reached &= ran || phase.done();
            phases.add(new PhaseReport(
                    phase.name(),
                    phase.type().label(),
                    phase.label(),
                    state,
                    phase.sql(),
                    reports.getOrDefault(phase.name(), LockReport.NONE)));
        }
        return new Report(
                manifest.qualifiedName(),
                ready,
                last.outcome(),
                last.reason().label(),
                last.message(),
                last.sqlState(),
                last.serverVersion(),
                phases,
                last.violations(),
                last.blockers());
    }

    private static String stateOf(Outcome outcome) {
        return switch (outcome) {
            case DONE -> "Done";
            case VIOLATED -> "Violated";
            case REFUSED -> "Refused";
            case TRANSIENT, PLAN_CHANGED, DEADLINE -> "Failed";
            case INTERRUPTED -> "Interrupted";
        };
    }
}
