package dev.phaselock.operator;

import static dev.phaselock.operator.ChangeWorld.spec;
import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.violated;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator decides about faults that pass, crashes, and rows that violate a constraint. */
class DeciderFaultsTest {
    private final ChangeWorld world = new ChangeWorld();

    @Test
    void aPassingFaultIsProgressWithGrowingPauses() {
        world.verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));

        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.says("Reconciling")).isEqualTo("True/RetryingConnection");
        assertThat(world.status.step()).isEqualTo("Retrying");
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(1));
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(1));

        world.pass(Duration.ofSeconds(1));
        world.ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(2));
        for (int i = 0; i < 10; i++) {
            world.pass(Duration.ofMinutes(1));
            world.ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));
        }
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(60));
        assertThat(world.says("Stalled")).isEqualTo("-");

        world.pass(Duration.ofMinutes(1));
        world.ends(done());
        assertThat(world.status.failures()).isNull();
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
    }

    @Test
    void aFaultThatDoesNotPassBeforeTheDeadlineNeedsAPersonButIsStillTried() {
        world.applying();
        for (int i = 0; i < 31; i++) {
            world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
            assertThat(world.says("Stalled"))
                    .as("after %d minutes", i)
                    .isEqualTo(i < 30 ? "-" : "True/DeadlineExceeded");
            world.pass(Duration.ofMinutes(1));
        }
        assertThat(world.message("Stalled")).contains("for 30m").contains("The server shut down.");
        assertThat(world.last.job()).isNotNull();
        assertThat(world.says("Stalled")).as("while it is tried").isEqualTo("True/DeadlineExceeded");

        world.says(waiting(1));
        assertThat(world.says("Stalled")).as("once it works").isEqualTo("-");
    }

    @Test
    void aFaultAfterALongRunIsTheFirstOfItsRow() {
        world.validating();
        for (int i = 0; i < 5; i++) {
            world.now = world.now.plus(Duration.ofHours(1));
            world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(1));
            assertThat(world.says("Stalled")).isEqualTo("-");
            world.pass(Duration.ofSeconds(1));
        }
    }

    @Test
    void pausesAreShortenedAtRandom() {
        world.random = 1;
        world.verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));

        assertThat(world.pause()).isEqualTo(Duration.ofMillis(750));
    }

    @Test
    void noAttemptIsMadeBeforeItsTime() {
        world.verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));

        world.pass(Duration.ofMillis(900));

        assertThat(world.last.job()).isNull();
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void anInterruptedPhaseIsTriedAgainAtOnceButNotInALoop() {
        world.validating().ends(result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop."));
        assertThat(world.last.job().attempt()).isEqualTo(2);

        world.ends(result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop."));
        assertThat(world.last.job()).isNull();
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aChangedPlanIsMadeAgain() {
        world.applying().ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "A column was added."));

        assertThat(world.last.job().type()).isEqualTo(PhaseType.PREFLIGHT);
        assertThat(world.last.job().attempt()).isEqualTo(2);
        assertThat(world.says("Reconciling")).startsWith("True/");
        assertThat(world.status.begun()).isTrue();

        world.ends(planned(plan("h2", false, false, false)));
        assertThat(world.status.planHash()).isEqualTo("h2");
        assertThat(world.last.job().phase()).isEqualTo("1-verify");
        assertThat(world.last.job().attempt()).isEqualTo(2);
    }

    @Test
    void aPlanThatChangesEveryTimeIsMadeWithGrowingPauses() {
        world.applying().ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "It changed."));
        world.ends(planned(plan("h2", true, false, false)));
        world.ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "It changed."));

        assertThat(world.last.job()).isNull();
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @CsvSource({"137,OOMKilled,memory", "3,,exit code 3", ",Evicted,Evicted", ",DeadlineExceeded,DeadlineExceeded"})
    void aJobWithoutAResultIsTriedAgainAndNeedsAPersonAfterFiveInARow(Integer code, String cause, String told) {
        world.verifying().endsWithout(code, cause, false);
        assertThat(world.says("Reconciling")).isEqualTo("True/JobFailed");
        assertThat(world.message("Ready")).contains(told);

        for (int i = 0; i < 4; i++) {
            assertThat(world.says("Stalled")).isEqualTo("-");
            world.pass(Duration.ofMinutes(1));
            world.endsWithout(code, cause, false);
        }
        assertThat(world.says("Stalled")).isEqualTo("True/JobFailed");
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(10));

        world.pass(Duration.ofSeconds(10));
        assertThat(world.says("Stalled")).as("while it is tried again").isEqualTo("True/JobFailed");
        world.ends(done());
        assertThat(world.says("Stalled")).isEqualTo("-");
    }

    @Test
    void aResultMayArriveAfterTheEndOfItsJob() {
        world.verifying();
        ObservedJob job = world.running();
        world.jobs.put(
                job.name(),
                ChangeWorld.with(
                        job,
                        null,
                        null,
                        null,
                        new ObservedJob.Finish(world.now, true, null, null),
                        false,
                        true,
                        false));
        world.pass(Duration.ofSeconds(1));
        assertThat(world.phase("1-verify").state()).isEqualTo("Running");
        assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(4));

        world.ends(done());
        assertThat(world.phase("1-verify").state()).isEqualTo("Done");
    }

    @Test
    void aLostResultIsLookedForAgain() {
        world.applying().endsWithout(0, null, true);

        assertThat(world.says("Reconciling")).isEqualTo("True/Retrying");
        world.pass(Duration.ofSeconds(1));
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
    }

    @Test
    void whatACrashedJobHadCostIsCounted() {
        world.applying().says(waiting(10)).endsWithout(137, "OOMKilled", false);

        assertThat(world.phase("1-apply").tries()).isEqualTo(10);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.last.job().waitedMillis()).isEqualTo(1000);
    }

    @Test
    void aRunThatExceedsItsJobsDeadlineIsACrashThoughItEndedInOrder() {
        world.step();
        world.now = world.now.plus(Duration.ofMinutes(11));
        world.ends(result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop."));

        assertThat(world.says("Reconciling")).isEqualTo("True/JobFailed");
    }

    @Test
    void aPersonIsNeededAndToldWhichRows() {
        world.verifying().ends(violated(42));

        assertThat(world.says("Stalled")).isEqualTo("True/ConstraintViolated");
        assertThat(world.says("Ready")).isEqualTo("False/ConstraintViolated");
        assertThat(world.says("Validated")).isEqualTo("False/ConstraintViolated");
        assertThat(world.says("Reconciling")).isEqualTo("-");
        assertThat(world.status.step()).isEqualTo("Violated");
        assertThat(world.status.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.count()).isEqualTo(42);
            assertThat(violation.sample()).containsExactly("id=7");
        });
        assertThat(world.events).extracting(EventOrder::reason).contains(ConditionReason.CONSTRAINT_VIOLATED);
    }

    @Test
    void itLooksAgainWithPausesThatGrowToTenMinutesAndStaysStalledMeanwhile() {
        world.verifying().ends(violated(42));
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(5));
        for (int i = 0; i < 9; i++) {
            world.pass(world.pause());
            assertThat(world.says("Stalled")).as("while it looks").isEqualTo("True/ConstraintViolated");
            assertThat(world.status.violations()).isNotEmpty();
            world.ends(violated(42));
        }
        assertThat(world.pause()).isEqualTo(Duration.ofMinutes(10));
        assertThat(world.events.stream().filter(event -> event.reason() == ConditionReason.CONSTRAINT_VIOLATED))
                .hasSize(1);
    }

    @Test
    void itGoesOnByItselfOnceTheRowsAreGone() {
        world.verifying().ends(violated(42));
        world.pass(Duration.ofSeconds(5));
        world.ends(done());

        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.says("Reconciling")).isEqualTo("True/Applying");
        assertThat(world.status.violations()).isNull();
        assertThat(world.last.job().phase()).isEqualTo("1-apply");
    }

    @Test
    void withTheGateAppliedItStaysReady() {
        world.spec = spec(false, Gate.APPLIED);
        world.validating().ends(violated(42));

        assertThat(world.says("Ready")).isEqualTo("True/Applied");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.says("Validated")).isEqualTo("False/ConstraintViolated");
        assertThat(world.status.step()).isEqualTo("Violated");
        assertThat(world.events.getLast().reason()).isEqualTo(ConditionReason.CONSTRAINT_VIOLATED);
        assertThat(world.events.getLast().warning()).isTrue();

        world.pass(Duration.ofSeconds(5));
        assertThat(world.says("Validated")).as("while it looks").isEqualTo("False/ConstraintViolated");
        world.ends(done());
        assertThat(world.says("Validated")).isEqualTo("True/Validated");
    }

    @Test
    void aFaultWhileLookingAgainDoesNotHideIt() {
        world.verifying().ends(violated(42));
        world.pass(Duration.ofSeconds(5));
        world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));

        assertThat(world.says("Stalled")).isEqualTo("True/ConstraintViolated");
    }
}
