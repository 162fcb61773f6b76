package dev.phaselock.operator;

import static dev.phaselock.operator.ChangeWorld.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A change whose column is there and whose rows are filled. */
class DeciderBackfillTest {
    private final ChangeWorld world = new ChangeWorld()
            .preflight(new PlanSummary(
                    "h1",
                    "public.orders",
                    "column token",
                    List.of("public.orders"),
                    List.of(new PhaseSummary(
                            "1-backfill", PhaseType.BACKFILL, "fill token", false, List.of(), List.of()))));

    private void fills() {
        world.says(new PhaseProgress(
                PhaseProgress.Activity.BACKFILLING,
                new LockReport(1, 0, 0, 3, 80, 0),
                List.of(),
                42,
                3_000,
                "7000 rows of public.orders"));
    }

    @Test
    void theStatusSaysHowFarItIsAndWhoWaited() {
        fills();

        assertThat(world.status.step()).isEqualTo("Backfilling");
        assertThat(world.says("Ready")).isEqualTo("False/Backfilling");
        assertThat(world.says("Applied")).startsWith("False/");
        assertThat(world.status.progress()).isEqualTo("42% 7000 rows of public.orders");
        assertThat(world.phase("1-backfill").writersDelayed()).isEqualTo(3);
        assertThat(world.phase("1-backfill").longestDelay()).isEqualTo("80ms");
    }

    @Test
    void suspendCancelsItForItGoesOnLater() {
        fills();
        String job = world.running().name();
        world.edit(spec(true, Gate.VALIDATED));

        assertThat(world.last.delete()).containsExactly(job);
    }
}
