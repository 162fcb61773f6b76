package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.phaselock.plan.Contention;
import dev.phaselock.run.TransactionHistory.Holder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionHistoryTest {
    private final TransactionHistory history = new TransactionHistory();

    private void saw(long millis, Holder... holders) {
        history.saw(millis * 1_000_000, List.of(holders));
    }

    private static Holder holder(String key, long age) {
        return new Holder("1", key, age, false);
    }

    @Test
    void whatNeverStoodInTheWayIsNotCounted() {
        saw(0, holder("short", 3));
        saw(10);
        assertThat(history.contention(0)).isNull();
    }

    @Test
    void countsTransactionsTheirLengthsAndTheLongestGap() {
        for (long now = 0; now < 1000; now += 10) {
            long age = now % 500;
            if (age < 400) {
                saw(now, holder("t" + now / 500, age));
            } else {
                saw(now);
            }
        }
        Contention seen = history.contention(7);
        assertThat(seen.transactions()).isEqualTo(2);
        assertThat(seen.medianMillis()).isBetween(390L, 400L);
        assertThat(seen.longestMillis()).isEqualTo(390);
        // Young transactions are not in the way, so a gap ends 20 ms after the next one's begin.
        assertThat(seen.longestGapMillis()).isBetween(90L, 130L);
        assertThat(seen.seenMillis()).isEqualTo(990);
        assertThat(seen.queue()).isEqualTo(7);
    }

    @Test
    void howLongATryWouldHaveTakenIsTheTimeUntilAllWhoWereThereHaveEnded() {
        // Two transactions of a second that overlap: one begins as the other is half through.
        for (long now = 0; now < 20_000; now += 10) {
            saw(
                    now,
                    holder("a" + now / 1000, now % 1000 + 20),
                    holder("b" + (now + 500) / 1000, (now + 500) % 1000 + 20));
        }
        // At a moment the later of the two has half a second to a whole one left.
        assertThat(history.contention(1).enoughMillis()).isBetween(550L, 700L);
    }

    @Test
    void countsTheSessionsThatCameAndWentLately() {
        saw(0, new Holder("1", "1 a", 2, false), new Holder("2", "2 a", 100, false));
        saw(10, new Holder("1", "1 b", 1, false), new Holder("3", "3 a", 1, false));
        assertThat(history.sessions()).isEqualTo(3);
        saw(5_005, new Holder("2", "2 b", 1, false));
        assertThat(history.sessions()).as("5 s later").isEqualTo(3);
        saw(6_000);
        assertThat(history.sessions()).isEqualTo(1);
    }

    @Test
    void withoutExperienceItLastsAsLongAgain() {
        assertThat(history.endWithin(List.of(holder("x", 100)), Duration.ofMillis(100)))
                .isEqualTo(0.5, within(0.001));
        assertThat(history.endWithin(List.of(holder("x", 600_000)), Duration.ofMillis(100)))
                .isLessThan(0.001);
    }

    @Test
    void theChanceOfSeveralIsTheProductOfTheirs() {
        double one = history.endWithin(List.of(holder("x", 100)), Duration.ofMillis(100));
        assertThat(history.endWithin(List.of(holder("x", 100), holder("y", 100)), Duration.ofMillis(100)))
                .isEqualTo(one * one, within(0.001));
        assertThat(history.endWithin(List.of(holder("x", 100), holder("young", 5)), Duration.ofMillis(100)))
                .isEqualTo(one, within(0.001));
    }
}
