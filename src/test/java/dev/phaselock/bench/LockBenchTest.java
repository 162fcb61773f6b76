package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockBenchTest {
    @Test
    void theOrderFollowsFromTheSeedAndTheBaselineComesRightAfterPhaselock() {
        List<Policy> all = List.of(Policy.values());

        for (long seed = 0; seed < 50; seed++) {
            List<Policy> order = LockBench.order(all, seed);
            assertThat(order).containsExactlyInAnyOrderElementsOf(all).isEqualTo(LockBench.order(all, seed));
            assertThat(order.indexOf(Policy.NO_DDL)).isEqualTo(order.indexOf(Policy.PHASELOCK) + 1);
        }
        assertThat(LockBench.order(all, 1)).isNotEqualTo(LockBench.order(all, 2));
    }

    @Test
    void withoutPhaselockTheBaselineComesLast() {
        assertThat(LockBench.order(List.of(Policy.NO_DDL, Policy.PLAIN, Policy.PGROLL), 3))
                .endsWith(Policy.NO_DDL);
    }

    @Test
    void whatThereIsNotIsNamedTogetherWithWhatThereIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("one-longer", "plain", 10_000))
                .withMessageContaining("one-longer")
                .withMessageContaining("two-long");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("one-long", "plane", 10_000))
                .withMessageContaining("plane")
                .withMessageContaining("not-valid");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("one-long", "django", 10_000))
                .withMessageContaining("--tools");
        assertThatIllegalArgumentException().isThrownBy(() -> plan("one-long", "plain", 1_999));
    }

    private static LockBench.Plan plan(String scenario, String policy, int orders) {
        return new LockBench.Plan(
                List.of(scenario), List.of(policy), List.of(1L), Duration.ofSeconds(1), orders, 2_000, null);
    }
}
