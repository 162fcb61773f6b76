package dev.phaselock.operator;

import static dev.phaselock.operator.ChangeWorld.spec;
import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.plan.Contention;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the operator decides while all goes well and while a phase runs; every decision is checked against the invariants, too. */
class DeciderTest {
    private final ChangeWorld world = new ChangeWorld();

    @Test
    void aFreshResourceGetsAPreflightAndNoVerdictYet() {
        Decision decision = world.step();

        assertThat(decision.job().type()).isEqualTo(PhaseType.PREFLIGHT);
        assertThat(decision.job().planHash()).isNull();
        assertThat(world.status.step()).isEqualTo("Preflight");
        assertThat(world.says("Ready")).isEqualTo("False/Preflight");
        assertThat(world.says("Reconciling")).isEqualTo("True/Preflight");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.says("Accepted")).isEqualTo("Unknown/Pending");
        assertThat(world.says("Approved")).isEqualTo("True/NotRequired");
        assertThat(world.says("Applied")).isEqualTo("Unknown/Pending");
        assertThat(world.says("Validated")).isEqualTo("Unknown/Pending");
        assertThat(world.status.begun()).isNull();
    }

    @Test
    void thePlanOfPreflightIsTakenOver() {
        world.verifying();

        assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
        assertThat(world.status.planHash()).isEqualTo("h1");
        assertThat(world.status.target()).isEqualTo("public.orders");
        assertThat(world.status.change()).isEqualTo("add check orders_total_check");
        assertThat(world.status.serverVersion()).isEqualTo("17.11");
        assertThat(world.phases())
                .extracting(PhaseStatus::name)
                .containsExactly("preflight", "1-verify", "1-apply", "1-validate");
        assertThat(world.phases())
                .extracting(PhaseStatus::state)
                .containsExactly("Done", "Running", "Pending", "Pending");
        assertThat(world.says("Applied")).isEqualTo("False/Pending");
    }

    @Test
    void nothingIsFrozenBeforeAPhaseThatChangesTheDatabase() {
        world.verifying();
        assertThat(world.last.job().phase()).isEqualTo("1-verify");
        assertThat(world.status.begun()).isNull();

        world.ends(done());
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
        assertThat(world.status.begun()).isTrue();
    }

    @Test
    void phaseFollowsPhaseUntilAllIsValid() {
        world.validating();
        assertThat(world.says("Applied")).isEqualTo("True/Applied");
        assertThat(world.says("Ready")).isEqualTo("False/Validating");
        assertThat(world.status.step()).isEqualTo("Validating");

        world.ends(done());

        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
        assertThat(world.says("Validated")).isEqualTo("True/Validated");
        assertThat(world.says("Reconciling")).isEqualTo("-");
        assertThat(world.status.step()).isEqualTo("Ready");
        assertThat(world.status.completed()).isEqualTo("2026-11-21T10:00:00Z");
        assertThat(world.last.lookAgain()).isNull();
        assertThat(world.expired).hasSize(4);
        assertThat(world.status.tries()).isEqualTo(9);
        assertThat(world.status.waited()).isEqualTo("4.5s");
    }

    @Test
    void aFinishedChangeIsLeftInPeace() {
        world.validating().ends(done());
        var before = world.status;

        world.pass(Duration.ofDays(1));

        assertThat(world.status).isEqualTo(before);
        assertThat(world.last.job()).isNull();
        assertThat(world.last.events()).isEmpty();
        assertThat(world.last.lookAgain()).isNull();
    }

    @Test
    void whatIsThereAlreadyIsReadyWithoutAnythingBegun() {
        world.preflight(plan("h1", true, true, true));

        assertThat(world.says("Ready")).isEqualTo("True/AlreadyApplied");
        assertThat(world.status.begun()).isNull();
        assertThat(world.orders).hasSize(1);
    }

    @Test
    void whatIsHalfDoneIsContinued() {
        world.preflight(plan("h1", true, true, false));

        assertThat(world.last.job().phase()).isEqualTo("1-validate");
        assertThat(world.says("Applied")).isEqualTo("True/Applied");
    }

    @Test
    void withTheGateAppliedItIsReadyBeforeTheRowsAreValidated() {
        world.spec = spec(false, Gate.APPLIED);
        world.validating();

        assertThat(world.says("Ready")).isEqualTo("True/Applied");
        assertThat(world.says("Reconciling")).isEqualTo("-");
        assertThat(world.says("Validated")).isEqualTo("False/Pending");
        assertThat(world.status.step()).isEqualTo("Validating");

        world.ends(done());
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
        assertThat(world.says("Validated")).isEqualTo("True/Validated");
    }

    @Test
    void everyTransitionIsToldOnce() {
        world.validating().ends(done()).settle();

        assertThat(world.events)
                .extracting(EventOrder::reason)
                .containsExactly(ConditionReason.ACCEPTED, ConditionReason.APPLIED, ConditionReason.SUCCEEDED);
    }

    @Test
    void decidingTwiceOnTheSameChangesNothing() {
        world.verifying();
        var before = world.status;

        Decision again = world.step();

        assertThat(again.status()).isEqualTo(before);
        assertThat(again.job()).isNull();
        assertThat(again.events()).isEmpty();
    }

    @Test
    void aTransitionTimeMovesOnlyWithTheStatus() {
        world.verifying();
        var accepted = world.transition("Accepted");
        var ready = world.transition("Ready");
        world.now = world.now.plusSeconds(60);
        world.ends(done());

        assertThat(world.transition("Accepted")).isEqualTo(accepted);
        assertThat(world.transition("Ready")).isEqualTo(ready);
    }

    @Test
    void somethingUndoneMeanwhileIsPlannedAgain() {
        world.validating();
        world.ends(new PhaseResult(
                Outcome.DONE,
                Reason.SUCCEEDED,
                "Done.",
                null,
                null,
                null,
                LockReport.NONE,
                List.of(),
                List.of(),
                true,
                false));

        assertThat(world.ready()).isEqualTo("False");
        assertThat(world.last.job().type()).isEqualTo(PhaseType.PREFLIGHT);
        world.ends(planned(plan("h1", true, true, true)));
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
    }

    @Test
    void waitingForALockIsProgressAndNamesWhoIsInTheWay() {
        world.applying().says(waiting(12));

        assertThat(world.status.step()).isEqualTo("WaitingForLock");
        assertThat(world.says("Reconciling")).isEqualTo("True/WaitingForLock");
        assertThat(world.last.events()).singleElement().satisfies(event -> {
            assertThat(event.reason()).isEqualTo(ConditionReason.WAITING_FOR_LOCK);
            assertThat(event.warning()).isFalse();
        });
        assertThat(world.message("Ready")).contains("pid 4711 (psql)").contains("ROW EXCLUSIVE on public.orders");
        assertThat(world.status.blockers()).singleElement().satisfies(blocker -> {
            assertThat(blocker.pid()).isEqualTo(4711);
            assertThat(blocker.age()).isEqualTo("1m5s");
        });
        assertThat(world.status.tries()).isEqualTo(15);
        assertThat(world.phase("1-apply").state()).isEqualTo("Waiting");
    }

    private static PhaseProgress waitingSeen(LockReport report, Contention contention) {
        PhaseProgress waiting = waiting(12);
        return new PhaseProgress(waiting.activity(), report, waiting.blockers(), null, 60_000, null, contention, null);
    }

    @Test
    void afterAWhileTheMessageSaysWhatWasSeenAndWhatWouldDo() {
        world.applying().says(waitingSeen(LockReport.NONE, new Contention(300_000, 214, 900L, 3_100, 12, 740L, 6)));
        assertThat(world.message("Ready"))
                .endsWith("Seen: 214 transactions in the way in 5m, median 900ms, longest 3.1s, longest gap 12ms;"
                        + " a locks.timeout of 1s with a locks.budget of 10s would do.");
        assertThat(world.says("Ready")).isEqualTo("False/WaitingForLock");
    }

    @Test
    void whereNothingSeenWouldHaveBeenEnoughNothingIsAdvised() {
        world.applying().says(waitingSeen(LockReport.NONE, new Contention(300_000, 1, null, 600_000, 0, null, 0)));
        assertThat(world.message("Ready"))
                .endsWith("Seen: 1 transaction in the way in 5m, none of which ended, longest 10m, no gap.");
    }

    @Test
    void everyBlockerThatWasEndedIsAnEventOnce() {
        world.applying()
                .says(waitingSeen(new LockReport(1, 0, 0, 0, 0, 0, 1, List.of("Terminated pid 1.")), null))
                .says(waitingSeen(new LockReport(1, 0, 0, 0, 0, 0, 1, List.of("Terminated pid 1.")), null))
                .says(waitingSeen(
                        new LockReport(1, 0, 0, 0, 0, 0, 3, List.of("Terminated pid 1.", "Two.", "Three.")), null));
        assertThat(world.events)
                .filteredOn(event -> event.reason() == ConditionReason.BLOCKER_ENDED)
                .extracting(Decision.EventOrder::message)
                .containsExactly("Terminated pid 1.", "Two.", "Three.");
        assertThat(world.phase("1-apply").blockersEnded()).isEqualTo(3);
    }

    @Test
    void whatIsCountedWhileItRunsIsNotCountedTwice() {
        world.applying().says(waiting(10)).says(waiting(20));
        assertThat(world.phase("1-apply").tries()).isEqualTo(20);

        world.ends(done());
        assertThat(world.phase("1-apply").tries()).isEqualTo(3);
        assertThat(world.status.blockers()).isNull();
    }

    @Test
    void theNextAttemptIsToldWhatEarlierOnesCost() {
        world.applying().says(waiting(10));
        world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
        world.pass(Duration.ofSeconds(2));

        assertThat(world.last.job().attempt()).isEqualTo(2);
        assertThat(world.last.job().waitedMillis()).isEqualTo(1500);
        assertThat(world.last.job().delayedMillis()).as("of verify, too").isEqualTo(120);
        world.says(waiting(5));
        assertThat(world.phase("1-apply").tries()).isEqualTo(8);
    }

    @Test
    void aValidationThatTakesLongTellsTheAgeOfItsSnapshot() {
        world.validating();
        world.says(new PhaseProgress(PhaseProgress.Activity.VALIDATING, LockReport.NONE, List.of(), null, 29_000));
        assertThat(world.message("Ready")).contains("reads and writes go on").doesNotContain("snapshot");
        world.says(new PhaseProgress(PhaseProgress.Activity.VALIDATING, LockReport.NONE, List.of(), null, 61_000));
        assertThat(world.message("Ready")).contains("Its snapshot is 1m1s old");
    }

    @Test
    void progressIsReadOftenAtFirstAndSeldomLater() {
        world.applying().says(waiting(1));
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(1));
        world.pass(Duration.ofMinutes(2));
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(5));
        world.pass(Duration.ofMinutes(20));
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(15));
    }

    @Test
    void aJobThatIsNotThereIsMadeAgainUnderTheSameName() {
        world.verifying();
        String name = world.last.job().name();
        world.jobs.remove(name);

        Decision decision = world.step();

        assertThat(decision.job().name()).isEqualTo(name);
        assertThat(world.phase("1-verify").attempts()).isEqualTo(1);
    }

    @Test
    void aPodThatCannotStartNeedsAPersonOnlyAfterAWhile() {
        world.step();
        var trouble = new PodTrouble(ConditionReason.IMAGE_PULL_FAILED, "No such image.", PodTrouble.SHORT);
        world.has(trouble);
        assertThat(world.says("Reconciling")).isEqualTo("True/ImagePullFailed");
        assertThat(world.last.lookAgain()).isEqualTo(PodTrouble.SHORT);

        world.now = world.now.plus(PodTrouble.SHORT);
        world.has(trouble);
        assertThat(world.says("Stalled")).isEqualTo("True/ImagePullFailed");

        world.has(null);
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.says("Reconciling")).isEqualTo("True/Preflight");
    }

    @Test
    void aPodOnANodeThatIsGoneIsReplacedAfterABoundedTime() {
        world.applying();
        ObservedJob job = world.running();
        world.jobs.put(
                job.name(),
                new ObservedJob(
                        job.name(),
                        job.phase(),
                        job.attempt(),
                        job.generation(),
                        job.created(),
                        false,
                        null,
                        false,
                        job.deadlineSeconds(),
                        job.earlier(),
                        null,
                        null,
                        true,
                        true,
                        world.now,
                        null));
        world.pass(Duration.ofMinutes(2));
        assertThat(world.orders).hasSize(3);

        world.pass(Duration.ofMinutes(2));
        assertThat(world.says("Reconciling")).isEqualTo("True/JobFailed");
        assertThat(world.last.delete()).containsExactly(job.name());
        world.pass(Duration.ofSeconds(1));
        assertThat(world.last.job().attempt()).isEqualTo(2);
    }
}
