package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeSpec.Approval;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With {@code approval: Manual} nothing runs before a person has said which plan may. */
class DeciderApprovalTest {
    private final ChangeWorld world = new ChangeWorld();

    private static SchemaChangeSpec manual(@Nullable String approvedPlan) {
        SchemaChangeSpec spec = ChangeWorld.spec(false, Gate.VALIDATED);
        return new SchemaChangeSpec(
                spec.database(),
                spec.changes(),
                spec.sql(),
                spec.sqlFrom(),
                spec.locks(),
                spec.validation(),
                null,
                spec.suspend(),
                Approval.MANUAL,
                approvedPlan,
                spec.job(),
                null);
    }

    @Test
    void withoutAnApprovalItStopsAfterPreflightAndSaysWhatToApprove() {
        world.spec = manual(null);
        world.step();
        assertThat(world.says("Approved")).isEqualTo("Unknown/Pending");
        world.ends(planned(plan("h1", false, false, false)));

        assertThat(world.idle()).isTrue();
        assertThat(world.last.job()).isNull();
        assertThat(world.last.lookAgain()).isNull();
        assertThat(world.status.step()).isEqualTo("AwaitingApproval");
        assertThat(world.status.begun()).isNull();
        assertThat(world.says("Ready")).isEqualTo("False/AwaitingApproval");
        assertThat(world.says("Approved")).isEqualTo("False/AwaitingApproval");
        assertThat(world.message("Approved")).contains("spec.approvedPlan to h1");
        assertThat(world.says("Reconciling")).isEqualTo("-");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.events).extracting(Decision.EventOrder::reason).contains(ConditionReason.AWAITING_APPROVAL);
    }

    @Test
    void approvedItLooksAgainAndCarriesThatPlanOut() {
        world.spec = manual(null);
        world.preflight(plan("h1", false, false, false));
        world.edit(manual("h1"));
        assertThat(world.last.job().type()).isEqualTo(PhaseType.PREFLIGHT);
        world.ends(planned(plan("h1", false, false, false)));

        assertThat(world.says("Approved")).isEqualTo("True/Approved");
        assertThat(world.running().phase()).isEqualTo("1-verify");
        world.ends(done()).ends(done()).ends(done());
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
    }

    @Test
    void anotherPlanThanTheApprovedOneWaits() {
        world.spec = manual("h0");
        world.preflight(plan("h1", false, false, false));
        assertThat(world.status.step()).isEqualTo("AwaitingApproval");
        assertThat(world.idle()).isTrue();
    }

    @Test
    void aPlanThatChangesOnTheWayWaitsAgain() {
        world.spec = manual("h1");
        world.preflight(plan("h1", false, false, false)).ends(done());
        world.ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "A column was added."));
        world.settle();
        if (world.idle()) {
            world.pass(java.time.Duration.ofMinutes(1));
        }
        world.ends(planned(plan("h2", true, false, false)));

        assertThat(world.idle()).isTrue();
        assertThat(world.says("Approved")).isEqualTo("False/AwaitingApproval");
        assertThat(world.message("Ready")).contains("h2");
    }

    @Test
    void whatIsThereAlreadyNeedsNoApproval() {
        world.spec = manual(null);
        world.preflight(plan("h1", true, true, true));
        assertThat(world.says("Ready")).isEqualTo("True/AlreadyApplied");
        assertThat(world.says("Approved")).isEqualTo("True/NotRequired");
    }

    @Test
    void anApprovalThatIsTakenBackStopsBeforeTheNextPhase() {
        world.spec = manual("h1");
        world.preflight(plan("h1", false, false, false)).ends(done());
        assertThat(world.running().phase()).isEqualTo("1-apply");
        world.edit(manual(null));
        assertThat(world.running().phase()).as("what runs comes to its end").isEqualTo("1-apply");
        world.ends(done());

        assertThat(world.idle()).isTrue();
        assertThat(world.says("Approved")).isEqualTo("False/AwaitingApproval");
        assertThat(world.says("Applied")).isEqualTo("True/Applied");
    }
}
