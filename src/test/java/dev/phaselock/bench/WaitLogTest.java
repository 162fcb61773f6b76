package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WaitLogTest {
    private final WaitLog log = new WaitLog();

    @Test
    void aWaitCountsFromItsStartToTheLastLookThatSawIt() {
        log.saw(100, Map.of(1, 90L));
        log.saw(110, Map.of(1, 90L));
        log.saw(120, Map.of());

        assertThat(log.longestNanos()).isEqualTo(20);
        assertThat(log.totalNanos()).isEqualTo(20);
        assertThat(log.waits()).isEqualTo(1);
    }

    @Test
    void anotherWaitOfTheSameSessionIsTwo() {
        log.saw(100, Map.of(1, 90L));
        log.saw(120, Map.of(1, 115L));

        assertThat(log.waits()).isEqualTo(2);
        assertThat(log.totalNanos()).isEqualTo(15);
        assertThat(log.longestNanos()).isEqualTo(10);
    }

    @Test
    void aStartThatTheServerTellsALittleDifferentlyIsTheSameWait() {
        log.saw(100, Map.of(1, 90L));
        log.saw(120, Map.of(1, 91L));

        assertThat(log.waits()).isEqualTo(1);
        assertThat(log.longestNanos()).isEqualTo(30);
    }

    @Test
    void theWaitsOfSeveralSessionsAddUp() {
        log.saw(100, Map.of(1, 90L, 2, 95L));
        log.end();

        assertThat(log.waits()).isEqualTo(2);
        assertThat(log.totalNanos()).isEqualTo(15);
    }
}
