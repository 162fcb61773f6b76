package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeSpec.DeletionPolicy;
import dev.phaselock.api.UndoStatus;
import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.Undo;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of a deleted change with deletionPolicy Revert (UNDO-1). */
class DeciderUndoTest {
    private final ChangeWorld world = new ChangeWorld();

    private static SchemaChangeSpec policy(SchemaChangeSpec spec, DeletionPolicy policy, boolean suspend) {
        return new SchemaChangeSpec(
                spec.database(),
                spec.changes(),
                spec.sql(),
                spec.sqlFrom(),
                spec.locks(),
                spec.validation(),
                spec.backfill(),
                suspend,
                spec.approval(),
                spec.approvedPlan(),
                spec.job(),
                policy);
    }

    private static PlanSummary plan(String hash, List<String> absent, PhaseSummary... phases) {
        return new PlanSummary(hash, "public.orders", "the change", List.of("r"), List.of(phases), absent);
    }

    private static PhaseSummary apply(int number, int change, boolean done) {
        return new PhaseSummary(number + "-apply", PhaseType.APPLY, "apply", done, List.of("ALTER"), List.of(), change);
    }

    /** Two changes were carried out; of the first one part was there before. */
    private ChangeWorld ready() {
        world.spec = policy(world.spec, DeletionPolicy.REVERT, false);
        world.preflight(plan("h1", List.of("0.1", "1.0"), apply(1, 0, false), apply(2, 1, false)))
                .ends(done())
                .ends(done());
        assertThat(world.ready()).isEqualTo("True");
        return world;
    }

    private ChangeWorld deleted() {
        ready().deletedAt = world.now;
        world.generation++;
        world.step();
        return world;
    }

    private List<String> undo() {
        return Stream.ofNullable(world.status.undo())
                .flatMap(List::stream)
                .map(part -> part.part() + " " + part.state())
                .toList();
    }

    private Undo undoing() {
        return world.orders.get(world.running().name()).undo();
    }

    private List<ConditionReason> told() {
        return world.events.stream().map(EventOrder::reason).toList();
    }

    @Test
    void onlyWhatWasAbsentAtTheFirstLookAndWasBegunCountsAsAdded() {
        world.spec = policy(world.spec, DeletionPolicy.REVERT, false);
        world.preflight(plan("h1", List.of("0.1", "1.0"), apply(1, 0, false), apply(2, 1, false)));
        assertThat(undo()).containsExactly("1.0 Absent", "0.1 Added");
        world.ends(done());
        assertThat(undo()).containsExactly("1.0 Added", "0.1 Added");
    }

    @Test
    void aLookAfterTheBeginningFindsNothingMoreAbsent() {
        world.spec = policy(world.spec, DeletionPolicy.REVERT, false);
        world.preflight(plan("h1", List.of("0.0"), apply(1, 0, false)))
                .ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "Another table."));
        world.settle();
        world.ends(planned(plan("h2", List.of(), apply(1, 0, false))));
        assertThat(undo()).containsExactly("0.0 Added");
    }

    @Test
    void whatWasAddedIsUndoneInReverseAndThenTheResourceGoes() {
        deleted();
        assertThat(world.status.step()).isEqualTo("Reverting");
        assertThat(world.says("Reconciling")).isEqualTo("True/Reverting");
        assertThat(world.says("Applied")).isEqualTo("False/Reverting");
        assertThat(undoing()).isEqualTo(new Undo(1, 0));
        world.ends(planned(plan("u1", null, apply(1, 1, false)))).ends(done());
        assertThat(undo()).containsExactly("1.0 Undone", "0.1 Added");
        assertThat(undoing()).isEqualTo(new Undo(0, 1));
        assertThat(world.last.release()).isFalse();
        world.ends(planned(plan("u2", null, apply(1, 1, false)))).ends(done());
        assertThat(undo()).containsExactly("1.0 Undone", "0.1 Undone");
        assertThat(world.last.release()).isTrue();
        assertThat(told()).contains(ConditionReason.REVERTING, ConditionReason.REVERTED);
        assertThat(world.orders.keySet()).as("no name is given twice").hasSize(7);
    }

    @Test
    void whatIsGoneAlreadyNeedsNoPhase() {
        deleted().ends(planned(plan("u1", null, apply(1, 1, true))));
        assertThat(undo()).containsExactly("1.0 Undone", "0.1 Added");
        assertThat(undoing()).isEqualTo(new Undo(0, 1));
    }

    @Test
    void whatSomebodyAlteredIsLeftAndNamedAndTheRestIsUndone() {
        deleted().ends(result(Outcome.REFUSED, Reason.CONFLICTING_DEFINITION, "orders_total is there otherwise."));
        assertThat(world.status.undo())
                .contains(new UndoStatus("1.0", "Left", "ConflictingDefinition: orders_total is there otherwise."));
        assertThat(undoing()).isEqualTo(new Undo(0, 1));
        assertThat(told()).contains(ConditionReason.LEFT_ALONE);
        world.ends(planned(plan("u2", null, apply(1, 1, false)))).ends(done());
        assertThat(world.last.release()).isTrue();
        assertThat(world.message("Ready")).contains("status.undo names it");
    }

    @Test
    void aRunningPhaseEndsFirst() {
        world.spec = policy(world.spec, DeletionPolicy.REVERT, false);
        world.preflight(plan("h1", List.of("0.0"), apply(1, 0, false)));
        String job = world.running().name();
        world.deletedAt = world.now;
        Decision decision = Decider.cleanup(world.observation());
        assertThat(decision.delete()).containsExactly(job);
        assertThat(decision.release()).isFalse();
        assertThat(decision.job()).isNull();
        world.step();
        world.step();
        assertThat(undoing()).isEqualTo(new Undo(0, 0));
    }

    @Test
    void aDatabaseThatIsGoneStallsItAndRetainLetsTheResourceGo() {
        deleted();
        PhaseResult gone = result(Outcome.REFUSED, Reason.CONNECTION_FAILED, "No server answers.");
        for (int i = 0; i < 3; i++) {
            world.ends(gone);
            world.pass(Duration.ofMinutes(15));
        }
        assertThat(world.says("Stalled")).isEqualTo("True/ConnectionFailed");
        assertThat(world.message("Stalled")).contains("No server answers.", "spec.deletionPolicy to Retain");
        String job = world.running().name();
        world.spec = policy(world.spec, DeletionPolicy.RETAIN, false);
        world.generation++;
        world.step();
        assertThat(world.last.delete()).containsExactly(job);
        assertThat(world.last.release()).as("its pod has not ended").isFalse();
        world.step();
        assertThat(world.last.release()).isTrue();
    }

    @Test
    void inANamespaceThatIsBeingDeletedNothingIsWaitedFor() {
        deleted().ends(planned(plan("u1", null, apply(1, 1, false))));
        world.jobs.clear();
        world.obstacle = new Obstacle.NamespaceEnds("because it is being terminated");
        world.step();
        assertThat(world.last.release()).isTrue();
        assertThat(told()).contains(ConditionReason.LEFT_ALONE);
    }

    @Test
    void suspendHoldsTheUndoingUpToo() {
        deleted().ends(planned(plan("u1", null, apply(1, 1, false))));
        world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
        world.spec = policy(world.spec, DeletionPolicy.REVERT, true);
        world.generation++;
        world.step();
        assertThat(world.status.step()).isEqualTo("Suspended");
        assertThat(world.last.job()).isNull();
        assertThat(world.last.release()).isFalse();
        assertThat(world.message("Ready")).contains("spec.suspend to false", "spec.deletionPolicy to Retain");
    }

    @Test
    void whatSomebodyElseAddedAfterTheFirstLookIsTheirs() {
        PhaseResult idle = new PhaseResult(
                Outcome.DONE,
                Reason.SUCCEEDED,
                "Done.",
                null,
                "17.11",
                null,
                Results.REPORT,
                List.of(),
                List.of(),
                null,
                null,
                true);
        world.spec = policy(world.spec, DeletionPolicy.REVERT, false);
        world.preflight(plan("h1", List.of("0.0", "1.0"), apply(1, 0, false), apply(2, 1, false)))
                .ends(idle)
                .ends(done());
        assertThat(undo()).containsExactly("1.0 Added", "0.0 Left");
        world.deletedAt = world.now;
        world.step();
        world.ends(planned(plan("u1", null, apply(1, 1, false)))).ends(done());
        assertThat(undo()).containsExactly("1.0 Undone", "0.0 Left");
        assertThat(world.last.release()).isTrue();
    }

    @Test
    void withRetainNothingIsUndone() {
        ready();
        world.spec = policy(world.spec, DeletionPolicy.RETAIN, false);
        world.deletedAt = world.now;
        world.step();
        assertThat(world.last.release()).isTrue();
        assertThat(world.last.job()).isNull();
    }
}
