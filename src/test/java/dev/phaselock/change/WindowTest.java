package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.WindowSpec;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11-21T00:59:59Z, false",
        "2026-11-21T01:00:00Z, true",
        "2026-11-21T02:59:59Z, true",
        "2026-11-21T03:00:00Z, false",
        "2026-07-01T00:30:00Z, true"
    })
    void opensByTheScheduleInItsTimeZone(Instant now, boolean open) {
        Window window = Window.of(new WindowSpec("0 2 * * *", "2h", "Europe/Berlin"));
        assertThat(window.isOpen(now)).isEqualTo(open);
    }

    @ParameterizedTest
    @CsvSource({"2026-11-21T23:30:00Z, true", "2026-11-22T01:30:00Z, true", "2026-11-23T01:30:00Z, false"})
    void staysOpenPastMidnight(Instant now, boolean open) {
        // Saturdays at 23:00 for four hours; without a time zone it is UTC.
        assertThat(Window.of(new WindowSpec("0 23 * * 6", "4h", null)).isOpen(now))
                .isEqualTo(open);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> Window.of(new WindowSpec("at noon", "2h", "UTC")))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageContaining("locks.window.schedule")
                .hasMessageContaining("\"at noon\" is no schedule of cron, such as 0 2 * * *");
        assertThatThrownBy(() -> Window.of(new WindowSpec("0 2 * * *", "25h", "UTC")))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageContaining("at most 24h");
        assertThatThrownBy(() -> Window.of(new WindowSpec("0 2 * * *", "2h", "Moon/Tycho")))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageContaining("\"Moon/Tycho\" is no time zone");
    }
}
