package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.operator.ObservedJob.Finish;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A SchemaChange and its Jobs without a cluster: decisions are carried out on it as the reconciler would, each is checked
 * against the invariants, and a test says what the Jobs do.
 */
final class ChangeWorld {
    Instant now = Instant.parse("2026-11-21T10:00:00.250Z");
    long generation = 1;
    SchemaChangeSpec spec = spec(false, Gate.VALIDATED);

    @Nullable
    SqlText sql;

    @Nullable
    String retry;

    @Nullable
    Instant deletedAt;

    @Nullable
    SchemaChangeStatus status;

    @Nullable
    Obstacle obstacle;

    int requestBytes = 1000;
    boolean strayPod;
    double random;
    final Map<String, ObservedJob> jobs = new LinkedHashMap<>();
    final Map<String, Decision.JobOrder> orders = new LinkedHashMap<>();
    final List<Decision.EventOrder> events = new ArrayList<>();
    final List<String> expired = new ArrayList<>();

    @Nullable
    Decision last;

    static SchemaChangeSpec spec(boolean suspend, Gate gate) {
        return new SchemaChangeSpec(
                new DatabaseSpec(new SecretReference("shop-db-app"), null, null, null, null, null, null),
                List.of(ChangeSpec.of(new AddCheckSpec("orders", null, "total >= 0", null))),
                null,
                null,
                LocksSpec.DEFAULT,
                new ValidationSpec(gate, null, null, null),
                null,
                suspend,
                null,
                null,
                null,
                null);
    }

    /** One reconciliation. */
    Decision step() {
        SchemaChangeStatus before = status;
        Decision decision = deletedAt == null ? Decider.decide(observation()) : Decider.cleanup(observation());
        checkInvariants(before, decision);
        status = decision.status();
        events.addAll(decision.events());
        decision.delete().forEach(jobs::remove);
        expired.addAll(decision.expire());
        decision.expire()
                .forEach(name -> jobs.computeIfPresent(
                        name,
                        (_, job) -> with(
                                job,
                                job.result(),
                                null,
                                job.progress(),
                                job.finish(),
                                true,
                                job.started(),
                                job.podAlive())));
        if (decision.job() != null) {
            orders.put(decision.job().name(), decision.job());
            jobs.putIfAbsent(decision.job().name(), fresh(decision.job()));
        }
        last = decision;
        return decision;
    }

    Observation observation() {
        return new Observation(
                "shop",
                "orders-total",
                "uid-1",
                generation,
                spec,
                sql,
                retry,
                deletedAt,
                status,
                List.copyOf(jobs.values()),
                strayPod,
                requestBytes,
                obstacle,
                now,
                random);
    }

    private void checkInvariants(@Nullable SchemaChangeStatus before, Decision decision) {
        List<PhaseStatus> phases =
                Optional.ofNullable(decision.status().phases()).orElse(List.of());
        assertThat(phases.stream().filter(phase -> PhaseState.of(phase.state()).active()))
                .as("OPERATOR-2")
                .hasSizeLessThanOrEqualTo(1);
        if (decision.job() != null) {
            assertThat(phases).as("OPERATOR-1").anySatisfy(phase -> {
                assertThat(phase.job()).isEqualTo(decision.job().name());
                assertThat(PhaseState.of(phase.state()).active()).isTrue();
            });
            if (decision.job().type().changesDatabase()) {
                assertThat(decision.status().begun()).as("OPERATOR-1").isTrue();
            }
        }
        phases.stream()
                .filter(phase -> PhaseState.of(phase.state()).active())
                .forEach(phase -> assertThat(decision.expire()).as("OPERATOR-3").doesNotContain(phase.job()));
        boolean ready = "True".equals(conditionStatus(decision.status(), "Ready"));
        boolean reconciling = condition(decision.status(), "Reconciling").isPresent();
        boolean stalled = condition(decision.status(), "Stalled").isPresent();
        assertThat((ready ? 1 : 0) + (reconciling ? 1 : 0) + (stalled ? 1 : 0))
                .as("OPERATOR-4")
                .isLessThanOrEqualTo(1);
        assertThat(decision.status().observedGeneration()).isEqualTo(generation);
        assertThat(decision.status().conditions()).allSatisfy(condition -> {
            assertThat(condition.getObservedGeneration()).isEqualTo(generation);
            assertThat(ConditionReason.of(condition.getReason())).isPresent();
            assertThat(condition.getMessage()).isNotBlank();
        });
        if (before != null && Boolean.TRUE.equals(before.begun())) {
            assertThat(decision.status().begun())
                    .as("what has begun stays begun")
                    .isTrue();
        }
    }

    /** Steps until a decision changes nothing but the clock would. */
    ChangeWorld settle() {
        for (int i = 0; i < 10; i++) {
            SchemaChangeStatus before = status;
            step();
            if (status.equals(before)) {
                return this;
            }
        }
        throw new AssertionError("it does not settle: " + status);
    }

    /** The Job whose result the status waits for. */
    ObservedJob running() {
        return phases().stream()
                .filter(phase -> PhaseState.of(phase.state()).active())
                .map(phase -> jobs.get(phase.job()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no phase is active: " + status));
    }

    boolean idle() {
        return phases().stream().noneMatch(phase -> PhaseState.of(phase.state()).active());
    }

    ChangeWorld ends(PhaseResult result) {
        ObservedJob job = running();
        jobs.put(
                job.name(),
                with(
                        job,
                        result,
                        null,
                        null,
                        new Finish(
                                now,
                                result.outcome() == Outcome.DONE,
                                result.outcome().exitCode(),
                                null),
                        false,
                        true,
                        false));
        step();
        return this;
    }

    ChangeWorld endsWithout(@Nullable Integer exitCode, @Nullable String cause, boolean complete) {
        ObservedJob job = running();
        jobs.put(
                job.name(),
                with(job, null, null, job.progress(), new Finish(now, complete, exitCode, cause), false, true, false));
        pass(Duration.ofSeconds(6));
        return this;
    }

    ChangeWorld says(PhaseProgress progress) {
        ObservedJob job = running();
        jobs.put(job.name(), with(job, null, null, progress, null, false, true, true));
        step();
        return this;
    }

    ChangeWorld has(@Nullable PodTrouble trouble) {
        ObservedJob job = running();
        jobs.put(job.name(), with(job, null, trouble, null, null, false, trouble == null, true));
        step();
        return this;
    }

    ChangeWorld edit(SchemaChangeSpec edited) {
        spec = edited;
        generation++;
        step();
        return this;
    }

    ChangeWorld pass(Duration time) {
        now = now.plus(time);
        step();
        return this;
    }

    /** Preflight and what it found. */
    ChangeWorld preflight(PlanSummary plan) {
        step();
        return ends(planned(plan));
    }

    /** Planned; the first phase looks for violating rows. */
    ChangeWorld verifying() {
        return preflight(plan("h1", false, false, false));
    }

    /** None were found; the constraint is being added. */
    ChangeWorld applying() {
        return verifying().ends(done());
    }

    /** It is there; the existing rows are being validated. */
    ChangeWorld validating() {
        return applying().ends(done());
    }

    List<PhaseStatus> phases() {
        return status == null || status.phases() == null ? List.of() : status.phases();
    }

    PhaseStatus phase(String name) {
        return phases().stream()
                .filter(phase -> phase.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    String ready() {
        return conditionStatus(status, "Ready");
    }

    /** {@code True/Reason}, or {@code -} where the condition is not there. */
    String says(String type) {
        return condition(status, type)
                .map(condition -> condition.getStatus() + "/" + condition.getReason())
                .orElse("-");
    }

    String message(String type) {
        return condition(status, type).map(Condition::getMessage).orElse("");
    }

    Instant transition(String type) {
        return Instant.parse(condition(status, type).orElseThrow().getLastTransitionTime());
    }

    Duration pause() {
        return Duration.between(now, Instant.parse(status.nextAttempt()));
    }

    private static Optional<Condition> condition(SchemaChangeStatus status, String type) {
        return status.conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    private static @Nullable String conditionStatus(SchemaChangeStatus status, String type) {
        return condition(status, type).map(Condition::getStatus).orElse(null);
    }

    private ObservedJob fresh(Decision.JobOrder order) {
        return new ObservedJob(
                order.name(),
                order.phase(),
                order.attempt(),
                generation,
                now,
                false,
                null,
                false,
                JobFactory.deadline(order.type(), spec.locksOrDefault()).toSeconds(),
                order.earlier(),
                null,
                null,
                false,
                true,
                null,
                null);
    }

    static ObservedJob with(
            ObservedJob job,
            @Nullable PhaseResult result,
            @Nullable PodTrouble trouble,
            @Nullable PhaseProgress progress,
            @Nullable Finish finish,
            boolean expiring,
            boolean started,
            boolean podAlive) {
        return new ObservedJob(
                job.name(),
                job.phase(),
                job.attempt(),
                job.generation(),
                job.created(),
                job.deleting(),
                finish,
                expiring,
                job.deadlineSeconds(),
                job.earlier(),
                result,
                progress,
                started,
                podAlive,
                job.terminatingSince(),
                trouble);
    }
}
