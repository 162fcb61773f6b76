package dev.phaselock.operator;

import static dev.phaselock.operator.Results.planned;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.operator.FakeRunner.Scenario;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * One change for each phase, held in that phase until it is let go, each on a table of its own: what happens then happens
 * at every phase at once.
 */
final class EveryPhase {
    static final List<String> PHASES = List.of(PhaseRequest.PREFLIGHT, "1-verify", "1-apply", "1-validate");

    private final ClusterBed bed;
    private final Map<String, Scenario> scenarios = new LinkedHashMap<>();

    EveryPhase(ClusterBed bed) {
        this.bed = bed;
        for (String phase : PHASES) {
            scenarios.put(
                    phase,
                    bed.scenario(name(phase))
                            .ends(PhaseRequest.PREFLIGHT, planned(plan(phase)))
                            .holds(phase));
        }
    }

    /** Creates them, and returns once each is in its phase. */
    EveryPhase begin() {
        PHASES.forEach(phase -> bed.create(name(phase)));
        awaitCalls(1);
        // The pod's own word of it follows.
        await().atMost(Duration.ofSeconds(30)).until(() -> bed.livingPods().size() == PHASES.size());
        return this;
    }

    static String name(String phase) {
        return "in-" + phase;
    }

    /** Until each change's phase was started so often. */
    void awaitCalls(long times) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> scenarios.entrySet().stream()
                        .allMatch(entry -> count(entry.getValue(), entry.getKey()) >= times));
    }

    void each(BiConsumer<String, Scenario> action) {
        scenarios.forEach(action);
    }

    void letGo() {
        scenarios.forEach((phase, scenario) -> scenario.letsGo(phase));
    }

    void awaitReady() {
        PHASES.forEach(phase -> bed.awaitReady(name(phase)));
    }

    /** Every phase was started once, but for the one in which something happened. */
    void assertCalls(long timesOfHeld) {
        scenarios.forEach((held, scenario) -> {
            for (String phase : PHASES) {
                assertThat(count(scenario, phase))
                        .as(phase + " of the change that was held in " + held + ": " + scenario.calls())
                        .isEqualTo(phase.equals(held) ? timesOfHeld : 1);
            }
        });
    }

    static int attempts(SchemaChangeStatus status, String phase) {
        return status.phases().stream()
                .filter(candidate -> candidate.name().equals(phase))
                .findFirst()
                .map(candidate -> candidate.attempts() == null ? 0 : candidate.attempts())
                .orElse(0);
    }

    /** No more Jobs than the statuses count. */
    void assertJobsOnce() {
        int counted = 0;
        for (String phase : PHASES) {
            SchemaChangeStatus status = bed.status(name(phase));
            for (String other : PHASES) {
                counted += attempts(status, other);
            }
        }
        assertThat(bed.jobs()).extracting(Job::getMetadata).hasSizeLessThanOrEqualTo(counted);
    }

    private static long count(Scenario scenario, String phase) {
        return scenario.calls().stream().filter(phase::equals).count();
    }

    private static PlanSummary plan(String phase) {
        String table = "public.t" + PHASES.indexOf(phase);
        return new PlanSummary(
                "h-" + phase,
                table,
                "add check",
                List.of(table),
                List.of(
                        new PhaseSummary("1-verify", PhaseType.VERIFY, "look", false, List.of(), List.of()),
                        new PhaseSummary("1-apply", PhaseType.APPLY, "add", false, List.of(), List.of()),
                        new PhaseSummary("1-validate", PhaseType.VALIDATE, "validate", false, List.of(), List.of())));
    }
}
