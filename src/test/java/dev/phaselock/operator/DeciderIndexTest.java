package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A change whose plan is an index alone. */
class DeciderIndexTest {
    private final ChangeWorld world = new ChangeWorld()
            .preflight(new PlanSummary(
                    "h1",
                    "public.orders",
                    "index orders_total_idx",
                    List.of("public.orders"),
                    List.of(new PhaseSummary("1-index", PhaseType.INDEX, "build", false, List.of(), List.of()))));

    @Test
    void theStatusSaysWhatTheServerDoesAndForWhomItWaits() {
        world.says(new PhaseProgress(
                PhaseProgress.Activity.INDEXING,
                LockReport.NONE,
                List.of(new Blocker(
                        4711, "psql", "idle in transaction", 65_432, "transaction", "public.orders", "10.0.0.9")),
                42,
                3_000,
                "building index: scanning table"));

        assertThat(world.status.step()).isEqualTo("Indexing");
        assertThat(world.says("Ready")).isEqualTo("False/Indexing");
        assertThat(world.message("Ready")).contains("the end of the transaction of pid 4711 (psql)");
        assertThat(world.status.progress()).isEqualTo("building index: scanning table 42%");
        assertThat(world.status.blockers())
                .singleElement()
                .satisfies(blocker -> assertThat(blocker.pid()).isEqualTo(4711));
    }

    @Test
    void itChangesTheDatabaseAndIsNotAppliedBeforeItIsThere() {
        assertThat(world.status.begun()).isTrue();
        assertThat(world.says("Applied")).startsWith("False/");

        world.ends(done());

        assertThat(world.says("Applied")).isEqualTo("True/Applied");
        assertThat(world.says("Ready")).isEqualTo("True/Succeeded");
    }
}
