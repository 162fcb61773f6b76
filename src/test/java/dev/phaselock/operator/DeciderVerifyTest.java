package dev.phaselock.operator;

import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.violated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.Verified;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Where a search for violating rows goes on. */
class DeciderVerifyTest {
    private static final Verified HALF = new Verified("public.orders", 4096L);

    private final ChangeWorld world =
            new ChangeWorld().verifying().says(PhaseProgress.verifying(50, HALF, Duration.ofSeconds(9)));

    @Test
    void theNextJobGoesOnWhereOneThatWasLostHasCome() {
        world.endsWithout(137, null, false);
        world.pass(Duration.ofMinutes(1));

        assertThat(world.last.job().phase()).isEqualTo("1-verify");
        assertThat(world.last.job().verified()).isEqualTo(HALF);
    }

    @Test
    void theNextJobGoesOnAfterAFaultThatPasses() {
        world.ends(result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
        world.pass(Duration.ofMinutes(1));

        assertThat(world.last.job().verified()).isEqualTo(HALF);
    }

    @Test
    void rowsThatWereFoundBehindWhatWasCleanDoNotChangeWhatWasClean() {
        world.says(PhaseProgress.verifying(60, null, Duration.ofSeconds(10)));
        assertThat(world.phase("1-verify").verified())
                .as("rows were found meanwhile, behind what was clean")
                .isEqualTo(HALF);
    }

    @Test
    void afterViolationsItBeginsAtTheBeginning() {
        world.ends(violated(3));
        world.pass(Duration.ofHours(1));

        assertThat(world.last.job().phase()).isEqualTo("1-verify");
        assertThat(world.last.job().verified()).isNull();
    }

    @Test
    void aFreshPlanBeginsAtTheBeginning() {
        world.ends(result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "The tables changed."));
        world.settle();
        world.ends(planned(plan("h2", false, false, false)));

        assertThat(world.last.job().phase()).isEqualTo("1-verify");
        assertThat(world.last.job().verified()).isNull();
    }
}
