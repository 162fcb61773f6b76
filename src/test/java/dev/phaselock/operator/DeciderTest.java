package dev.phaselock.operator;

import static dev.phaselock.operator.ChangeWorld.done;
import static dev.phaselock.operator.ChangeWorld.plan;
import static dev.phaselock.operator.ChangeWorld.planned;
import static dev.phaselock.operator.ChangeWorld.result;
import static dev.phaselock.operator.ChangeWorld.spec;
import static dev.phaselock.operator.ChangeWorld.violated;
import static dev.phaselock.operator.ChangeWorld.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator decides, without a cluster; every decision is checked against the invariants, too. */
class DeciderTest {
    private final ChangeWorld world = new ChangeWorld();

    private ChangeWorld verifying() {
        return world.preflight(plan("h1", false, false, false));
    }

    private ChangeWorld applying() {
        return verifying().ends(done());
    }

    private ChangeWorld validating() {
        return applying().ends(done());
    }

    @Nested
    @DisplayName("When all goes well")
    class Well {
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
            verifying();

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
            verifying();
            assertThat(world.last.job().phase()).isEqualTo("1-verify");
            assertThat(world.status.begun()).isNull();

            world.ends(done());
            assertThat(world.last.job().phase()).isEqualTo("1-apply");
            assertThat(world.status.begun()).isTrue();
        }

        @Test
        void phaseFollowsPhaseUntilAllIsValid() {
            validating();
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
            validating().ends(done());
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
            validating();

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
            validating().ends(done()).settle();

            assertThat(world.events)
                    .extracting(EventOrder::reason)
                    .containsExactly(ConditionReason.ACCEPTED, ConditionReason.APPLIED, ConditionReason.SUCCEEDED);
        }

        @Test
        void decidingTwiceOnTheSameChangesNothing() {
            verifying();
            var before = world.status;

            Decision again = world.step();

            assertThat(again.status()).isEqualTo(before);
            assertThat(again.job()).isNull();
            assertThat(again.events()).isEmpty();
        }

        @Test
        void aTransitionTimeMovesOnlyWithTheStatus() {
            verifying();
            var accepted = world.transition("Accepted");
            var ready = world.transition("Ready");
            world.now = world.now.plusSeconds(60);
            world.ends(done());

            assertThat(world.transition("Accepted")).isEqualTo(accepted);
            assertThat(world.transition("Ready")).isEqualTo(ready);
        }

        @Test
        void somethingUndoneMeanwhileIsPlannedAgain() {
            validating();
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
    }

    @Nested
    @DisplayName("While a phase runs")
    class Running {
        @Test
        void waitingForALockIsProgressAndNamesWhoIsInTheWay() {
            applying().says(waiting(12));

            assertThat(world.status.step()).isEqualTo("WaitingForLock");
            assertThat(world.says("Reconciling")).isEqualTo("True/WaitingForLock");
            assertThat(world.message("Ready")).contains("pid 4711 (psql)").contains("ROW EXCLUSIVE on public.orders");
            assertThat(world.status.blockers()).singleElement().satisfies(blocker -> {
                assertThat(blocker.pid()).isEqualTo(4711);
                assertThat(blocker.age()).isEqualTo("1m5s");
            });
            assertThat(world.status.tries()).isEqualTo(15);
            assertThat(world.phase("1-apply").state()).isEqualTo("Waiting");
        }

        @Test
        void whatIsCountedWhileItRunsIsNotCountedTwice() {
            applying().says(waiting(10)).says(waiting(20));
            assertThat(world.phase("1-apply").tries()).isEqualTo(20);

            world.ends(done());
            assertThat(world.phase("1-apply").tries()).isEqualTo(3);
            assertThat(world.status.blockers()).isNull();
        }

        @Test
        void theNextAttemptIsToldWhatEarlierOnesCost() {
            applying().says(waiting(10));
            world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
            world.pass(Duration.ofSeconds(2));

            assertThat(world.last.job().attempt()).isEqualTo(2);
            assertThat(world.last.job().waitedMillis()).isEqualTo(1500);
            assertThat(world.last.job().delayedMillis()).as("of verify, too").isEqualTo(120);
            world.says(waiting(5));
            assertThat(world.phase("1-apply").tries()).isEqualTo(8);
        }

        @Test
        void progressIsReadOftenAtFirstAndSeldomLater() {
            applying().says(waiting(1));
            assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(1));
            world.pass(Duration.ofMinutes(2));
            assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(5));
            world.pass(Duration.ofMinutes(20));
            assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(15));
        }

        @Test
        void aJobThatIsNotThereIsMadeAgainUnderTheSameName() {
            verifying();
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
            applying();
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

    @Nested
    @DisplayName("When it fails for a while")
    class Transient {
        @Test
        void aPassingFaultIsProgressWithGrowingPauses() {
            verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));

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
            applying();
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
            validating();
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
            verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));

            assertThat(world.pause()).isEqualTo(Duration.ofMillis(750));
        }

        @Test
        void noAttemptIsMadeBeforeItsTime() {
            verifying().ends(result(Outcome.TRANSIENT, Reason.RETRYING, "A deadlock."));

            world.pass(Duration.ofMillis(900));

            assertThat(world.last.job()).isNull();
            assertThat(world.last.lookAgain()).isEqualTo(Duration.ofMillis(100));
        }

        @Test
        void anInterruptedPhaseIsTriedAgainAtOnceButNotInALoop() {
            validating().ends(result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop."));
            assertThat(world.last.job().attempt()).isEqualTo(2);

            world.ends(result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop."));
            assertThat(world.last.job()).isNull();
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(2));
        }

        @Test
        void aChangedPlanIsMadeAgain() {
            applying().ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "A column was added."));

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
            applying().ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "It changed."));
            world.ends(planned(plan("h2", true, false, false)));
            world.ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "It changed."));

            assertThat(world.last.job()).isNull();
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(2));
        }

        @ParameterizedTest
        @CsvSource({"137,OOMKilled,memory", "3,,exit code 3", ",Evicted,Evicted", ",DeadlineExceeded,DeadlineExceeded"})
        void aJobWithoutAResultIsTriedAgainAndNeedsAPersonAfterFiveInARow(Integer code, String cause, String told) {
            verifying().endsWithout(code, cause, false);
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
            verifying();
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
            applying().endsWithout(0, null, true);

            assertThat(world.says("Reconciling")).isEqualTo("True/Retrying");
            world.pass(Duration.ofSeconds(1));
            assertThat(world.last.job().phase()).isEqualTo("1-apply");
        }

        @Test
        void whatACrashedJobHadCostIsCounted() {
            applying().says(waiting(10)).endsWithout(137, "OOMKilled", false);

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
    }

    @Nested
    @DisplayName("When rows violate the constraint")
    class Violated {
        @Test
        void aPersonIsNeededAndToldWhichRows() {
            verifying().ends(violated(42));

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
            verifying().ends(violated(42));
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
            verifying().ends(violated(42));
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
            validating().ends(violated(42));

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
            verifying().ends(violated(42));
            world.pass(Duration.ofSeconds(5));
            world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));

            assertThat(world.says("Stalled")).isEqualTo("True/ConstraintViolated");
        }
    }

    @Nested
    @DisplayName("When it is refused")
    class Refused {
        @Test
        void aPersonIsNeededAtOnceAndNothingIsAccepted() {
            world.step();
            world.ends(
                    result(Outcome.REFUSED, Reason.INVALID_TARGET, "There is no table orderz; did you mean orders?"));

            assertThat(world.says("Accepted")).isEqualTo("False/InvalidTarget");
            assertThat(world.says("Stalled")).isEqualTo("True/InvalidTarget");
            assertThat(world.says("Ready")).isEqualTo("False/InvalidTarget");
            assertThat(world.message("Stalled")).isEqualTo("There is no table orderz; did you mean orders?");
            assertThat(world.status.step()).isEqualTo("Stalled");
        }

        @ParameterizedTest
        @EnumSource(Reason.class)
        void itIsLookedAtAgainExactlyWhereItMayHeal(Reason reason) {
            world.step();
            world.ends(result(Outcome.REFUSED, reason, "No."));

            if (reason.healsWithoutEdit()) {
                assertThat(world.pause()).isEqualTo(Duration.ofSeconds(10));
                assertThat(world.last.lookAgain()).isEqualTo(Duration.ofSeconds(10));
            } else {
                assertThat(world.status.nextAttempt()).isNull();
                assertThat(world.last.lookAgain()).isNull();
                world.pass(Duration.ofDays(1));
                assertThat(world.last.job()).isNull();
            }
        }

        @Test
        void pausesGrowToTenMinutes() {
            world.step();
            for (int i = 0; i < 8; i++) {
                world.ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));
                world.pass(world.pause());
            }
            world.ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));
            assertThat(world.pause()).isEqualTo(Duration.ofMinutes(10));
        }

        @Test
        void itGoesOnWhenItHeals() {
            world.step();
            world.ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));
            world.pass(Duration.ofSeconds(10));
            assertThat(world.says("Stalled")).as("while it looks").isEqualTo("True/PermissionDenied");
            world.ends(planned(plan("h1", false, false, false)));

            assertThat(world.says("Stalled")).isEqualTo("-");
            assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
        }

        @ParameterizedTest
        @EnumSource(
                value = Reason.class,
                names = {"SECRET_MISSING", "CONNECTION_FAILED", "READ_ONLY"})
        void whatIsOftenOnlyBeingSetUpIsAcceptedFalseAtOnceButStalledOnlyTheThirdTime(Reason reason) {
            world.step();
            world.ends(result(Outcome.REFUSED, reason, "Not there."));
            String label = reason.label();
            assertThat(world.says("Accepted")).isEqualTo("False/" + label);
            assertThat(world.says("Ready")).isEqualTo("False/" + label);
            assertThat(world.says("Reconciling")).isEqualTo("True/" + label);

            world.pass(Duration.ofSeconds(10));
            world.ends(result(Outcome.REFUSED, reason, "Not there."));
            assertThat(world.says("Stalled")).isEqualTo("-");
            world.pass(Duration.ofSeconds(20));
            world.ends(result(Outcome.REFUSED, reason, "Not there."));
            assertThat(world.says("Stalled")).isEqualTo("True/" + label);
        }

        @ParameterizedTest
        @EnumSource(
                value = Reason.class,
                names = {"CONNECTION_FAILED", "READ_ONLY"})
        void aServerThatIsNotThereBeforeThePlanIsMadeIsNoPassingFault(Reason reason) {
            world.step();
            world.ends(result(Outcome.TRANSIENT, reason, "Not there."));

            assertThat(world.says("Accepted")).isEqualTo("False/" + reason.label());
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(10));
        }

        @ParameterizedTest
        @EnumSource(
                value = Reason.class,
                names = {"CONNECTION_FAILED", "READ_ONLY"})
        void aServerThatIsNotThereOnceThePlanIsMadeIsAPassingFault(Reason reason) {
            applying().ends(result(Outcome.TRANSIENT, reason, "Not there."));
            assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
            assertThat(world.says("Reconciling")).isEqualTo("True/" + reason.label());
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(1));
        }

        @Test
        void aLaterPhaseThatIsRefusedLeavesTheChangeAccepted() {
            applying().ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));

            assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
            assertThat(world.says("Applied")).isEqualTo("False/PermissionDenied");
            assertThat(world.says("Stalled")).isEqualTo("True/PermissionDenied");
        }

        @Test
        void aDeadlineIsNotTriedAgainBeforeSomebodyAsks() {
            applying().ends(result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));
            assertThat(world.says("Stalled")).isEqualTo("True/DeadlineExceeded");
            world.pass(Duration.ofDays(1));
            assertThat(world.last.job()).isNull();
            assertThat(world.last.lookAgain()).isNull();

            world.retry = "1";
            world.step();
            assertThat(world.says("Stalled")).isEqualTo("-");
            assertThat(world.last.job().phase()).isEqualTo("1-apply");
            assertThat(world.last.job().waitedMillis())
                    .as("what was waited before does not count")
                    .isZero();
            assertThat(world.status.waited()).as("but it was").isEqualTo("3s");
        }

        @Test
        void aRequestThatIsTooLargeIsRefusedWithTheLimit() {
            world.requestBytes = 98_305;
            world.step();

            assertThat(world.says("Stalled")).isEqualTo("True/InvalidSpec");
            assertThat(world.says("Accepted")).isEqualTo("False/InvalidSpec");
            assertThat(world.message("Stalled")).contains("98304");
            assertThat(world.orders).isEmpty();
            assertThat(world.last.lookAgain()).isNull();
        }

        @Test
        void aJobThatTheApiServerDoesNotTakeNeedsAPersonAndIsTriedAgain() {
            world.obstacle = new Obstacle.Rejected("The API server does not take the Job: exceeded quota");
            world.step();

            assertThat(world.says("Stalled")).isEqualTo("True/JobRejected");
            assertThat(world.message("Stalled")).contains("exceeded quota");
            assertThat(world.pause()).isEqualTo(Duration.ofSeconds(10));

            world.obstacle = null;
            world.pass(Duration.ofSeconds(10));
            assertThat(world.last.job().attempt()).isEqualTo(1);
        }
    }

    @Nested
    @DisplayName("When somebody asks for something")
    class Asked {
        @Test
        void suspendStopsBeforeTheNextPhase() {
            verifying();
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
            applying().says(waiting(4));
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
            validating();
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
            verifying();
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
            applying().ends(result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));
            world.edit(spec(false, Gate.APPLIED));

            assertThat(world.status.planHash()).isEqualTo("h1");
            assertThat(world.says("Stalled")).isEqualTo("-");
            assertThat(world.last.job().phase()).isEqualTo("1-apply");
        }

        @Test
        void aDeadlineThatWasEditedMeanwhileDoesNotStallIt() {
            applying().says(waiting(4));
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
            validating().ends(done());
            world.edit(spec(true, Gate.VALIDATED));

            assertThat(world.status.observedGeneration()).isEqualTo(2);
            assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
        }

        @Test
        void aStricterGateAfterwardsIsFollowed() {
            world.spec = spec(false, Gate.APPLIED);
            validating();
            assertThat(world.ready()).isEqualTo("True");
            world.edit(spec(false, Gate.VALIDATED));

            assertThat(world.says("Ready")).isEqualTo("False/Validating");
            assertThat(world.status.completed()).isNull();
        }
    }

    @Nested
    @DisplayName("When too much runs")
    class Queued {
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
            verifying();
            world.obstacle = new Obstacle.NoSlot("Queued: a phase of shop/other works on public.orders.");
            world.ends(done());

            assertThat(world.status.begun()).isNull();
            assertThat(world.phase("1-apply").state()).isEqualTo("Queued");
        }
    }

    @Nested
    @DisplayName("When it is deleted")
    class Deleted {
        private Decision cleanup() {
            Decision decision = Decider.cleanup(world.observation());
            world.status = decision.status();
            return decision;
        }

        @Test
        void aRunningJobIsDeletedAndTheResourceStaysUntilItsPodIsGone() {
            applying();
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
            validating().ends(done());
            world.deletedAt = world.now;

            Decision decision = cleanup();

            assertThat(decision.release()).isTrue();
            assertThat(decision.delete()).isEmpty();
        }

        @Test
        void aPodThatDoesNotEndHoldsItUpForFiveMinutesOnly() {
            applying();
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

    @ParameterizedTest
    @ValueSource(strings = {"0s", "350ms", "1s", "1.2s", "12.345s", "1m", "12m3.217s", "1h", "1h2m3s", "26h0.001s"})
    void durationsAreReadBackAsTheyWereWritten(String text) {
        long millis = Durations.parse(text);

        assertThat(Durations.parse(Durations.format(millis))).isEqualTo(millis);
        assertThat(Durations.format(millis)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"100ms,100", "1m30s,90000", "1h,3600000", "2s500ms,2500", "30m,1800000"})
    void durationsOfManifestsAreRead(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(millis);
    }
}
