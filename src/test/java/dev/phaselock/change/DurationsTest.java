package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.LocksSpec;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({"100ms,100", "2s,2000", "1m30s,90000", "1h,3600000", "1h2m3s4ms,3723004", "90m,5400000", "0s,0"})
    void aDurationIsReadAsTheResourceAllowsIt(String text, long millis) {
        assertThat(text).matches(LocksSpec.DURATION);
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "-5s", "1.5s", "1s1m", "s", "1 s", "1234567890s", "1S"})
    void whatIsNoDurationAboveZeroIsRefused(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageContaining("\"" + text + "\" is not a duration");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0ms",
        "914,914ms",
        "999,999ms",
        "1000,1s",
        "1249,1.2s",
        "59999,59.9s",
        "60000,1m",
        "184000,3m4s",
        "3600000,1h",
        "7500000,2h5m",
        "97200000,1d3h",
        "-500,-500ms"
    })
    void aDurationIsToldInTwoUnitsAtMost(long millis, String text) {
        assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(text);
    }
}
