package dev.phaselock.operator;

import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the operator decides about what cannot be done like this. */
class DeciderRefusalsTest {
    private final ChangeWorld world = new ChangeWorld();

    @Test
    void aPersonIsNeededAtOnceAndNothingIsAccepted() {
        world.step();
        world.ends(result(Outcome.REFUSED, Reason.INVALID_TARGET, "There is no table orderz; did you mean orders?"));

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
        world.applying().ends(result(Outcome.TRANSIENT, reason, "Not there."));
        assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
        assertThat(world.says("Reconciling")).isEqualTo("True/" + reason.label());
        assertThat(world.pause()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aLaterPhaseThatIsRefusedLeavesTheChangeAccepted() {
        world.applying().ends(result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "GRANT it."));

        assertThat(world.says("Accepted")).isEqualTo("True/Accepted");
        assertThat(world.says("Applied")).isEqualTo("False/PermissionDenied");
        assertThat(world.says("Stalled")).isEqualTo("True/PermissionDenied");
    }

    @Test
    void aDeadlineIsNotTriedAgainBeforeSomebodyAsks() {
        world.applying().ends(result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));
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
