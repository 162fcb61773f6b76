package dev.phaselock.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResultJsonTest {
    private static PhaseResult result(Outcome outcome, PlanSummary plan, List<Violations> violations, String message) {
        return new PhaseResult(
                outcome,
                outcome == Outcome.DONE ? Reason.SUCCEEDED : Reason.CONSTRAINT_VIOLATED,
                message,
                null,
                "17.11",
                plan,
                new LockReport(3, 20, 1, 2, 4, 5),
                List.of(),
                violations,
                true,
                false);
    }

    private static PlanSummary plan(int phases, int sqlLength) {
        return new PlanSummary(
                "0123456789abcdef",
                "public.orders",
                "add foreign key",
                List.of("public.orders"),
                IntStream.range(0, phases)
                        .mapToObj(i -> new PhaseSummary(
                                i + "-apply",
                                PhaseType.APPLY,
                                "add it",
                                false,
                                List.of("x".repeat(sqlLength)),
                                List.of("public.orders: SHARE ROW EXCLUSIVE")))
                        .toList());
    }

    private static int bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void aSmallResultComesBackAsItWas() {
        PhaseResult result = result(Outcome.DONE, plan(2, 50), List.of(), "Done.");
        assertThat(ResultJson.read(ResultJson.writeResult(result), PhaseResult.class))
                .isEqualTo(result);
    }

    @Test
    void samplesGoFirstAndCountsStay() {
        Violations many = new Violations("c", "public.t", 4711, Collections.nCopies(20, "id=" + "9".repeat(197)));
        String json = ResultJson.writeResult(result(Outcome.VIOLATED, plan(2, 300), List.of(many), "Violated."));
        assertThat(bytes(json)).isLessThanOrEqualTo(PhaseResult.MAX_BYTES);
        PhaseResult read = ResultJson.read(json, PhaseResult.class);
        assertThat(read.violations().getFirst().count()).isEqualTo(4711);
        assertThat(read.violations().getFirst().sample()).hasSize(1);
        assertThat(read.plan().phases().getFirst().sql()).containsExactly("x".repeat(300));
    }

    @Test
    void phasesStayWhenTheirSqlDoesNotFit() {
        String json = ResultJson.writeResult(result(Outcome.DONE, plan(20, 5000), List.of(), "Done."));
        assertThat(bytes(json)).isLessThanOrEqualTo(PhaseResult.MAX_BYTES);
        PhaseResult read = ResultJson.read(json, PhaseResult.class);
        assertThat(read.plan().hash()).isEqualTo("0123456789abcdef");
        assertThat(read.plan().phases()).hasSize(20);
    }

    @Test
    void aPlanOfAHundredChangesKeepsTheNamesAndStatesOfItsPhases() {
        List<PhaseSummary> phases = IntStream.rangeClosed(1, 300)
                .mapToObj(i -> {
                    PhaseType type = List.of(
                                    PhaseType.VERIFY,
                                    PhaseType.APPLY,
                                    PhaseType.VALIDATE,
                                    PhaseType.INDEX,
                                    PhaseType.BACKFILL)
                            .get(i % 5);
                    return new PhaseSummary(
                            Phase.nameOf(i, type), type, "label", i % 2 == 0, List.of("sql"), List.of("lock"));
                })
                .toList();
        PlanSummary plan = new PlanSummary(
                "0123456789abcdef", "public.orders", "x".repeat(1000), Collections.nCopies(200, "01234567"), phases);
        String json = ResultJson.writeResult(result(Outcome.DONE, plan, List.of(), "Done."));
        assertThat(bytes(json)).isLessThanOrEqualTo(PhaseResult.MAX_BYTES);
        PhaseResult read = ResultJson.read(json, PhaseResult.class);
        assertThat(read.plan().relations()).hasSize(200);
        assertThat(read.plan().phases())
                .usingRecursiveFieldByFieldElementComparatorOnFields("name", "type", "done")
                .containsExactlyElementsOf(phases);
    }

    @Test
    void multiByteTextIsCountedInBytes() {
        String json = ResultJson.writeResult(result(Outcome.VIOLATED, plan(10, 100), List.of(), "ü".repeat(5000)));
        assertThat(bytes(json)).isLessThanOrEqualTo(PhaseResult.MAX_BYTES);
    }

    @Test
    void whatIsNoResultIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> ResultJson.read("{\"outcome\": \"hunter2\"}", PhaseResult.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2");
    }
}
