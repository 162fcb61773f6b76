package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations are written and read without loss. */
class DurationsTest {
    @ParameterizedTest
    @ValueSource(strings = {"0s", "350ms", "1s", "1.2s", "12.345s", "1m", "12m3.217s", "1h", "1h2m3s", "26h0.001s"})
    void durationsAreReadBackAsTheyWereWritten(String text) {
        long millis = Durations.parse(text);

        assertThat(Durations.parse(Durations.format(millis))).isEqualTo(millis);
        assertThat(Durations.format(millis)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"100ms,100", "1m30s,90000", "1h,3600000", "2s500ms,2500", "30m,1800000"})
    void durationsOfManifestsAreRead(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(millis);
    }
}
