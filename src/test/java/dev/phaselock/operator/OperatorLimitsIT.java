package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.planned;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** No more phases run than may, never two on one relation, and the rest follow in their order. */
class OperatorLimitsIT extends OperatorBed {
    @Test
    void noMoreRunThanMayAndTheRestFollowInTheirOrder() {
        List<String> names = IntStream.range(0, 6).mapToObj(i -> "change-" + i).toList();
        for (String name : names) {
            String table = "public.t_" + name.replace('-', '_');
            scenario(name)
                    .ends(PhaseRequest.PREFLIGHT, planned(onePhase("h-" + name, table)))
                    .ends("1-apply", done())
                    .holds("1-apply");
            create(name);
        }
        // Two on the one database; the others are told to wait.
        await().atMost(Duration.ofSeconds(60)).until(() -> applying(names).size() == 2);
        awaitStatus(names.getLast(), status -> "Queued".equals(status.step()) || "Applying".equals(status.step()));
        await().during(Duration.ofSeconds(3))
                .atMost(Duration.ofSeconds(10))
                .until(() -> livingPods().size() <= 2 && applying(names).size() == 2);
        restart();
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(10))
                .until(() -> livingPods().size() <= 2);

        for (String name : names) {
            runner.of(namespace, name).letsGo("1-apply");
        }
        names.forEach(this::awaitReady);
        for (String name : names) {
            assertThat(runner.of(namespace, name).calls()).containsExactly("preflight", "1-apply");
        }
    }

    @Test
    void twoChangesOfOneTableFollowEachOther() {
        List<String> names = List.of("first", "second");
        for (String name : names) {
            scenario(name)
                    .ends(PhaseRequest.PREFLIGHT, planned(onePhase("h-" + name, "public.orders")))
                    .ends("1-apply", done())
                    .holds("1-apply");
            create(name);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> applying(names).size() == 1);
        String running = applying(names).getFirst();
        String other = names.get(1 - names.indexOf(running));
        awaitStatus(other, status -> "Queued".equals(status.step()));
        assertThat(condition(status(other), "Ready").orElseThrow().getMessage())
                .contains(namespace + "/" + running)
                .contains("public.orders");
        assertThat(says(status(other), "Reconciling")).isEqualTo("True/Queued");

        runner.of(namespace, running).letsGo("1-apply");
        awaitReady(running);
        await().atMost(Duration.ofSeconds(30)).until(() -> applying(names).equals(List.of(other)));
        runner.of(namespace, other).letsGo("1-apply");
        awaitReady(other);
    }

    private static PlanSummary onePhase(String hash, String table) {
        return new PlanSummary(
                hash,
                table,
                "add check",
                List.of(table),
                List.of(new PhaseSummary("1-apply", PhaseType.APPLY, "add", false, List.of(), List.of())));
    }

    /** The changes whose apply phase runs. */
    private List<String> applying(List<String> names) {
        List<String> applying = new ArrayList<>();
        for (String name : names) {
            SchemaChangeStatus status = status(name);
            if (runner.of(namespace, name).calls().contains("1-apply") && !"Ready".equals(status.step())) {
                applying.add(name);
            }
        }
        return applying;
    }
}
