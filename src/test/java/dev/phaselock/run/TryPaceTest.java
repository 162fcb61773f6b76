package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Invariant LOCK-1. */
class TryPaceTest {
    private static final Duration NONE = Duration.ZERO;

    private static TryPace pace(int timeoutMillis, int budgetMillis) {
        return new TryPace(
                new LockLimits(Duration.ofMillis(timeoutMillis), Duration.ofMillis(budgetMillis), Duration.ofHours(1)),
                0);
    }

    @Test
    void beginsWithTenMillisecondsAndDoublesUpToTheTimeout() {
        TryPace pace = pace(100, 1000);
        assertThat(pace.next(0, NONE)).isEqualTo(Duration.ofMillis(10));
        for (int expected : new int[] {20, 40, 80, 100, 100}) {
            pace.failed(0);
            assertThat(pace.next(0, NONE)).isEqualTo(Duration.ofMillis(expected));
        }
    }

    @Test
    void neverWaitsLongerThanTheTimeoutEvenWhereThatIsShorterThanTheShortestTry() {
        TryPace pace = pace(3, 1000);
        pace.failed(0);
        assertThat(pace.next(0, NONE)).isEqualTo(Duration.ofMillis(3));
    }

    @Test
    void growsAlsoWhenLongNothingCouldBeTried() {
        TryPace pace = pace(100, 1000);
        assertThat(pace.next(Duration.ofSeconds(6).toNanos(), NONE)).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void spendsNoMoreThanWhatIsLeftOfTheBudget() {
        TryPace pace = pace(100, 150);
        for (int i = 0; i < 5; i++) {
            pace.failed(0);
        }
        assertThat(pace.next(0, Duration.ofMillis(90))).isEqualTo(Duration.ofMillis(60));
        assertThat(pace.next(0, Duration.ofMillis(150))).isEqualTo(Duration.ofMillis(10));
        assertThat(pace.next(0, Duration.ofMillis(500))).isEqualTo(Duration.ofMillis(10));
    }
}
