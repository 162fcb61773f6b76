package dev.phaselock.operator;

import static dev.phaselock.operator.ChangeWorld.spec;
import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the operator decides when somebody asks for something, when too much runs, and when the resource is deleted. */
class DeciderRequestsTest {
    private final ChangeWorld world = new ChangeWorld();

    @Test
    void suspendStopsBeforeTheNextPhase() {
        world.verifying();
        world.edit(spec(true, Gate.VALIDATED));
        world.settle();

        assertThat(world.status.step()).isEqualTo("Suspended");
        assertThat(world.says("Ready")).isEqualTo("False/Suspended");
        assertThat(world.says("Reconciling")).isEqualTo("-");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.idle()).isTrue();
        assertThat(world.last.lookAgain()).isNull();
    }

    @Test
    void suspendCancelsAPhaseThatWaitsForItsLock() {
        world.applying().says(waiting(4));
        String job = world.running().name();
        world.edit(spec(true, Gate.VALIDATED));

        assertThat(world.last.delete()).containsExactly(job);
        world.step();
        assertThat(world.idle()).isTrue();
        assertThat(world.phase("1-apply").state()).isEqualTo("Pending");
        assertThat(world.phase("1-apply").tries()).isEqualTo(4);

        world.edit(spec(false, Gate.VALIDATED));
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
        assertThat(world.last.job().attempt()).isEqualTo(2);
        assertThat(world.last.job().name()).isNotEqualTo(job);
    }

    @Test
    void suspendLetsAPhaseThatWorksComeToItsEnd() {
        world.validating();
        world.says(new dev.phaselock.plan.PhaseProgress(
                dev.phaselock.plan.PhaseProgress.Activity.VALIDATING, LockReport.NONE, List.of(), null, 61_000));
        world.edit(spec(true, Gate.VALIDATED));

        assertThat(world.last.delete()).isEmpty();
        assertThat(world.status.progress()).isEqualTo("for 1m1s");
        world.ends(done());
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
    }

    @Test
    void anEditBeforeAnythingHasBegunStartsOverWithoutTheOldJobs() {
        world.verifying();
        String old = world.running().name();
        world.edit(spec(false, Gate.APPLIED));

        assertThat(world.last.delete()).containsExactly(old);
        assertThat(world.last.job().type()).isEqualTo(PhaseType.PREFLIGHT);
        assertThat(world.status.planHash()).isNull();
        assertThat(world.says("Accepted")).isEqualTo("Unknown/Pending");
        assertThat(world.phases()).hasSize(1);
    }

    @Test
    void anEditOfARunningPreflightReplacesItsJob() {
        world.step();
        String old = world.running().name();
        world.edit(spec(false, Gate.APPLIED));

        assertThat(world.last.delete()).containsExactly(old);
        assertThat(world.running().name()).isNotEqualTo(old);
    }

    @Test
    void anEditAfterItHasBegunKeepsThePlanAndStartsAStalledChangeAgain() {
        world.applying().ends(result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));
        world.edit(spec(false, Gate.APPLIED));

        assertThat(world.status.planHash()).isEqualTo("h1");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
    }

    @Test
    void aDeadlineThatWasEditedMeanwhileDoesNotStallIt() {
        world.applying().says(waiting(4));
        world.edit(spec(false, Gate.APPLIED));
        world.ends(result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));

        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.last.job().waitedMillis()).isZero();
    }

    @Test
    void theRetryAnnotationCutsAPauseShort() {
        world.step();
        world.ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));
        world.retry = "now";
        world.step();

        assertThat(world.last.job()).isNotNull();
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.status.handledRetry()).isEqualTo("now");
        assertThat(world.status.failures()).isNull();
    }

    @Test
    void theSameRetryAnnotationIsActedOnOnce() {
        world.retry = "now";
        world.step();
        world.ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));
        world.step();

        assertThat(world.last.job()).isNull();
        assertThat(world.says("Stalled")).isEqualTo("True/PermissionDenied");
    }

    @Test
    void observedGenerationFollowsEvenWhenNothingElseDoes() {
        world.validating().ends(done());
        world.edit(spec(true, Gate.VALIDATED));

        assertThat(world.status.observedGeneration()).isEqualTo(2);
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
    }

    @Test
    void aStricterGateAfterwardsIsFollowed() {
        world.spec = spec(false, Gate.APPLIED);
        world.validating();
        assertThat(world.ready()).isEqualTo("True");
        world.edit(spec(false, Gate.VALIDATED));

        assertThat(world.says("Ready")).isEqualTo("False/Validating");
        assertThat(world.status.completed()).isNull();
    }

    @Test
    void aPhaseWithoutASlotWaitsInTheQueueAsProgress() {
        world.obstacle = new Obstacle.NoSlot("Queued: 50 phases run already.");
        world.step();

        assertThat(world.status.step()).isEqualTo("Queued");
        assertThat(world.says("Reconciling")).isEqualTo("True/Queued");
        assertThat(world.phase("preflight").state()).isEqualTo("Queued");
        assertThat(world.phase("preflight").attempts()).isNull();
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofMinutes(1));

        world.obstacle = null;
        world.step();
        assertThat(world.last.job().attempt()).isEqualTo(1);
    }

    @Test
    void aQueuedPhaseThatChangesTheDatabaseHasNotBegun() {
        world.verifying();
        world.obstacle = new Obstacle.NoSlot("Queued: a phase of shop/other works on public.orders.");
        world.ends(done());

        assertThat(world.status.begun()).isNull();
        assertThat(world.phase("1-apply").state()).isEqualTo("Queued");
    }

    private Decision cleanup() {
        Decision decision = Decider.cleanup(world.observation());
        world.status = decision.status();
        return decision;
    }

    @Test
    void aRunningJobIsDeletedAndTheResourceStaysUntilItsPodIsGone() {
        world.applying();
        String job = world.running().name();
        world.deletedAt = world.now;

        Decision decision = cleanup();

        assertThat(decision.delete()).containsExactly(job);
        assertThat(decision.release()).isFalse();
        assertThat(decision.job()).isNull();
        assertThat(world.status.step()).isEqualTo("Deleting");
        assertThat(world.says("Ready")).isEqualTo("False/Deleting");

        world.jobs.remove(job);
        assertThat(cleanup().release()).isTrue();
    }

    @Test
    void aFinishedChangeGoesAtOnce() {
        world.validating().ends(done());
        world.deletedAt = world.now;

        Decision decision = cleanup();

        assertThat(decision.release()).isTrue();
        assertThat(decision.delete()).isEmpty();
    }

    @Test
    void aPodThatDoesNotEndHoldsItUpForFiveMinutesOnly() {
        world.applying();
        world.deletedAt = world.now;
        assertThat(cleanup().lookAgain()).isEqualTo(Duration.ofMinutes(5));

        world.now = world.now.plus(Duration.ofMinutes(5));
        Decision decision = cleanup();

        assertThat(decision.release()).isTrue();
        assertThat(decision.events())
                .singleElement()
                .satisfies(event -> assertThat(event.warning()).isTrue());
    }

    @Test
    void aPodWithoutAJobHoldsItUpToo() {
        world.step();
        world.jobs.clear();
        world.strayPod = true;
        world.deletedAt = world.now;

        assertThat(cleanup().release()).isFalse();
    }
}
