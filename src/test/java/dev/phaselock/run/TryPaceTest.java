package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.BlockersSpec;
import dev.phaselock.run.TransactionHistory.Holder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Invariant LOCK-1. */
class TryPaceTest {
    private static final Duration NONE = Duration.ZERO;
    private static final List<Holder> NOBODY = List.of();

    private final TransactionHistory history = new TransactionHistory();

    private TryPace pace(int timeoutMillis, int budgetMillis) {
        return new TryPace(
                new LockLimits(Duration.ofMillis(timeoutMillis), Duration.ofMillis(budgetMillis), Duration.ofHours(1)),
                history,
                0);
    }

    private static TryPace grown(TryPace pace) {
        for (int i = 0; i < 10; i++) {
            pace.failed(0);
        }
        return pace;
    }

    private static Optional<Duration> millis(int millis) {
        return Optional.of(Duration.ofMillis(millis));
    }

    private static List<Holder> aged(long... ages) {
        return java.util.Arrays.stream(ages)
                .mapToObj(age -> new Holder("1", "a" + age, age, false))
                .toList();
    }

    @Test
    void whereNobodyIsInTheWayATryLastsTenMilliseconds() {
        assertThat(pace(100, 1000).next(0, NOBODY, NONE, 0)).isEqualTo(millis(10));
        assertThat(pace(100, 1000).next(0, aged(3, 19), NONE, 0)).isEqualTo(millis(10));
    }

    @Test
    void neverWaitsLongerThanTheTimeoutEvenWhereThatIsShorterThanTheShortestTry() {
        assertThat(grown(pace(3, 1000)).next(0, NOBODY, NONE, 0)).isEqualTo(millis(3));
    }

    @Test
    void aLongTransactionIsNotWorthATryAndAPreparedOneNever() {
        assertThat(grown(pace(100, 1000)).next(0, aged(60_000), NONE, 0)).isEmpty();
        assertThat(grown(pace(100_000, 1_000_000)).next(0, List.of(new Holder("1", "x", 5, true)), NONE, 0))
                .isEmpty();
    }

    @Test
    void whatWasSeenToEndSoonIsWorthALongerTry() {
        // Transactions of 400 ms, one after the other.
        for (int i = 0; i < 50; i++) {
            for (int age = 0; age <= 400; age += 10) {
                history.saw((i * 410L + age) * 1_000_000, List.of(new Holder("1", "t" + i, age, false)));
            }
        }
        TryPace pace = grown(pace(200, 10_000));
        assertThat(pace.next(0, aged(100), NONE, 1)).as("300 ms are left of it").isEmpty();
        assertThat(pace.next(0, aged(330), NONE, 1))
                .hasValueSatisfying(
                        length -> assertThat(length).isBetween(Duration.ofMillis(80), Duration.ofMillis(200)));
        assertThat(pace.next(0, aged(330, 100), NONE, 1))
                .as("the other one stays")
                .isEmpty();
    }

    @Test
    void theLengthGrowsWithTriesThatFailAndWithTime() {
        for (int i = 0; i < 50; i++) {
            history.saw(i * 200_000_000L, List.of(new Holder("1", "t" + i, 100, false)));
            history.saw(i * 200_000_000L + 100_000_000, NOBODY);
        }
        TryPace pace = pace(400, 10_000);
        assertThat(pace.next(0, aged(40), NONE, 1)).as("10 ms are too few").isEmpty();
        Optional<Duration> later = Optional.empty();
        for (int seconds = 2; seconds < 12 && later.isEmpty(); seconds += 2) {
            later = pace.next(Duration.ofSeconds(seconds).toNanos(), aged(40), NONE, 1);
        }
        assertThat(later).isPresent();
    }

    @Test
    void spendsNoMoreThanWhatIsLeftOfTheBudgetSharedAmongThoseWhoWait() {
        TryPace pace = grown(pace(100, 150));
        assertThat(pace.next(0, NOBODY, Duration.ofMillis(145), 1)).isEqualTo(millis(5));
        assertThat(pace.next(0, NOBODY, Duration.ofMillis(120), 6)).isEqualTo(millis(5));
    }

    @Test
    void onceTheBudgetIsSpentItIsTakenOnlyWhereNobodyWaits() {
        TryPace pace = grown(pace(100, 150));
        assertThat(pace.next(0, NOBODY, Duration.ofMillis(150), 6)).contains(TryPace.NOT_AT_ALL);
        assertThat(pace.next(0, aged(25), Duration.ofMillis(150), 6)).isEmpty();
        assertThat(pace(100, 0).next(0, aged(5), NONE, 0)).contains(TryPace.NOT_AT_ALL);
    }

    @Test
    void outsideOfTheWindowNoTryGrows() {
        LockLimits closed = new LockLimits(
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                () -> false,
                BlockersSpec.Action.WAIT,
                Duration.ZERO);
        TryPace pace = grown(new TryPace(closed, history, 0));
        assertThat(pace.next(Duration.ofHours(1).toNanos(), aged(30), NONE, 1))
                .satisfiesAnyOf(
                        none -> assertThat(none).isEmpty(),
                        shortest -> assertThat(shortest).isEqualTo(millis(10)));
        assertThat(pace.next(Duration.ofHours(1).toNanos(), aged(100), NONE, 1)).isEmpty();
    }
}
