package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void medianIsTheMiddleOneOrTheMeanOfTheTwoInTheMiddle() {
        assertThat(Statistics.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Statistics(1, 4, 9));
        assertThat(Statistics.of(List.of(9.0, 1.0, 4.0, 5.0))).isEqualTo(new Statistics(1, 4.5, 9));
    }

    @Test
    void withoutNumbersThereIsNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> Statistics.of(List.of()));
    }

    @Test
    void percentileIsANumberThatWasSeen() {
        List<Double> numbers =
                IntStream.rangeClosed(1, 1000).mapToObj(i -> (double) i).toList();

        assertThat(Statistics.percentile(numbers, 0.999)).isEqualTo(999);
        assertThat(Statistics.percentile(numbers, 1)).isEqualTo(1000);
        assertThat(Statistics.percentile(List.of(7.0), 0.5)).isEqualTo(7);
    }

    @Test
    void onlyWhatIsOverTwentyMillisecondsOfAWriteIsADelay() {
        Measurement.Felt felt = Measurement.Felt.of(
                List.of(new Write(0, 19_000_000), new Write(0, 50_000_000), new Write(0, 21_000_000)));

        assertThat(felt.overTwentyMillis()).isEqualTo(31);
        assertThat(felt.longestMillis()).isEqualTo(50);
        assertThat(felt.medianMillis()).isEqualTo(21);
        assertThat(felt.writes()).isEqualTo(3);
    }

    @Test
    void aWriteThatBeganBeforeTheWindowAndEndsInItCounts() {
        assertThat(new Write(5, 10).overlaps(10, 20)).isTrue();
        assertThat(new Write(5, 5).overlaps(10, 20)).isFalse();
        assertThat(new Write(20, 5).overlaps(10, 20)).isFalse();
    }
}
