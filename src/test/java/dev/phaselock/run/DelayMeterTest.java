package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.postgres.LockTable;
import dev.phaselock.sql.LockMode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DelayMeterTest {
    private static final long MS = 1_000_000;

    private final DelayMeter meter = new DelayMeter();

    private static LockTable.Entry waiting(int pid, @Nullable Long waitMillis) {
        return new LockTable.Entry(
                pid,
                pid + "/1",
                1,
                LockMode.ROW_EXCLUSIVE,
                false,
                1L,
                waitMillis,
                "app",
                "active",
                "client backend",
                null,
                false);
    }

    @Test
    void measuresAWaitFromItsStartByTheServersClockToTheLastLookThatSawIt() {
        meter.saw(10 * MS, List.of(waitingSince(4)), 0);
        meter.saw(12 * MS, List.of(waitingSince(6)), 0);
        meter.saw(14 * MS, List.of(), 0);
        assertThat(meter.sessions()).isEqualTo(1);
        assertThat(meter.longestNanos()).isEqualTo(6 * MS);
    }

    private static LockTable.Entry waitingSince(long millis) {
        return waiting(7, millis);
    }

    @Test
    void withoutTheServersClockAWaitBeginsWithTheFirstLookThatSawIt() {
        meter.saw(10 * MS, List.of(waiting(7, null)), 0);
        meter.saw(13 * MS, List.of(waiting(7, null)), 0);
        meter.tryEnded(14 * MS);
        assertThat(meter.longestNanos()).isEqualTo(4 * MS);
    }

    @Test
    void aWaitThatBeganBeforeTheTryIsOwedToItFromTheTryOn() {
        meter.saw(10 * MS, List.of(waiting(7, 1000L)), 8 * MS);
        meter.tryEnded(11 * MS);
        assertThat(meter.longestNanos()).isEqualTo(3 * MS);
    }

    @Test
    void addsUpWhatSeveralSessionsWaited() {
        meter.saw(10 * MS, List.of(waiting(7, 2L), waiting(8, 1L)), 0);
        meter.tryEnded(10 * MS);
        assertThat(meter.sessions()).isEqualTo(2);
        assertThat(meter.totalNanos()).isEqualTo(3 * MS);
    }
}
