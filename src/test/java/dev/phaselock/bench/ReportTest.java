package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.phaselock.plan.ResultJson;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Measurement measured(Policy policy, long seed, Double acquired, double longestWait, double longest) {
        return new Measurement(
                Scenario.ONE_LONG.key(),
                policy.key(),
                seed,
                1,
                "17.11",
                acquired == null ? Ending.never(3, "not within the window") : Ending.acquired(acquired, 1),
                2_000,
                1_000,
                0.2,
                5,
                longest,
                0,
                new AttributedWaits.Seen(1, longestWait, longestWait, 3, 20),
                Map.of(),
                0.5);
    }

    private static final List<Measurement> TWO_SEEDS = List.of(
            measured(Policy.NO_DDL, 1, null, 0, 10),
            measured(Policy.NOT_VALID, 1, 1_000.0, 990, 1_000),
            measured(Policy.PHASELOCK, 1, 1_100.0, 4, 12),
            measured(Policy.NO_DDL, 2, null, 0, 20),
            measured(Policy.NOT_VALID, 2, 10.0, 8, 22),
            measured(Policy.PHASELOCK, 2, null, 6, 19));

    @Test
    void aRowTellsMediansAndTheLeastToTheMost() {
        assertThat(Report.markdown(TWO_SEEDS))
                .startsWith(
                        "PostgreSQL 17.11, seeds 1, 2; the machine's load average when a measurement began: 0.5 (0.5 to 0.5).\n")
                .contains("| **Phaselock** | 1 of 2 | 1.10 | 1.10 | 2 (1 to 3) | 5.0 (4.0 to 6.0) |")
                .contains("| 15.5 (12.0 to 19.0) | 0.5 (-1.0 to 2.0) |");
    }

    @Test
    void onlyMeasurementsOfTheSameSeedAreCompared() {
        List<Measurement> phaselock = TWO_SEEDS.stream()
                .filter(one -> one.policy().equals(Policy.PHASELOCK.key()))
                .toList();

        // The second seed's was never acquired.
        assertThat(Comparison.acquiredRatio(phaselock, TWO_SEEDS, Policy.NOT_VALID)
                        .orElseThrow())
                .isCloseTo(1.1, within(1e-9));
        assertThat(Comparison.longestWriteDifferences(phaselock, TWO_SEEDS, Policy.NO_DDL))
                .containsExactly(2.0, -1.0);
        assertThat(Comparison.acquiredRatio(phaselock, TWO_SEEDS, Policy.GITLAB))
                .isEmpty();
    }

    @Test
    void whatWasNeverAcquiredHasADash() {
        assertThat(Report.markdown(List.of(measured(Policy.GITLAB, 1, null, 3, 4))))
                .contains("| GitLab's table | 0 of 1 | – | – |");
    }

    @Test
    void aMeasurementIsOneLineOfJson() {
        String line = ResultJson.write(TWO_SEEDS.get(2));

        assertThat(line)
                .doesNotContain("\n")
                .contains("\"policy\":\"phaselock\"", "\"acquiredMillis\":1100.0", "\"seed\":1");
    }
}
