package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final Duration TARGET = Duration.ofMillis(100);

    private final BatchSize size = new BatchSize(TARGET, 512);

    /** Batches on a table of which each block takes so long. */
    private void batches(int count, Duration ofABlock) {
        for (int i = 0; i < count; i++) {
            size.took(size.blocks(), ofABlock.multipliedBy(size.blocks()), 50);
        }
    }

    @Test
    void itGetsToTheTargetAndStaysThere() {
        batches(10, Duration.ofMillis(2));
        assertThat(size.blocks()).isEqualTo(50);
        batches(10, Duration.ofMillis(10));
        assertThat(size.blocks()).isEqualTo(10);
    }

    @Test
    void oneBatchHalvesOrDoublesItAtMost() {
        int first = size.blocks();
        size.took(first, Duration.ofNanos(1), 50);
        assertThat(size.blocks()).isEqualTo(2 * first);
        size.took(size.blocks(), Duration.ofSeconds(10), 50);
        assertThat(size.blocks()).isEqualTo(first);
    }

    @Test
    void itHasAtLeastOneBlockAndNeverMoreThanTheMost() {
        batches(20, Duration.ofSeconds(1));
        assertThat(size.blocks()).isOne();
        batches(20, Duration.ofNanos(1));
        assertThat(size.blocks()).isEqualTo(512);
    }

    @Test
    void aBatchWithoutRowsSaysNothing() {
        int before = size.blocks();
        size.took(before, Duration.ofNanos(1), 0);
        assertThat(size.blocks()).isEqualTo(before);
    }

    @Test
    void theShortRestOfARangeSaysOnlyThatItTookTooLong() {
        batches(10, Duration.ofMillis(2));
        size.took(1, Duration.ofMillis(90), 50);
        assertThat(size.blocks()).isEqualTo(50);
        size.took(1, Duration.ofMillis(110), 50);
        assertThat(size.blocks()).isEqualTo(25);
    }

    @Test
    void aBatchIsCancelledAtTwiceTheTargetAndIsHalfAsLargeThen() {
        assertThat(size.limit()).isEqualTo(TARGET.multipliedBy(2));
        int before = size.blocks();
        assertThat(size.cancelled()).isTrue();
        assertThat(size.blocks()).isEqualTo(before / 2);
        assertThat(size.limit()).isEqualTo(TARGET.multipliedBy(2));
    }

    @Test
    void aSingleBlockIsAllowedMoreTimeButNotForEver() {
        batches(20, Duration.ofSeconds(1));
        int tries = 0;
        while (size.cancelled()) {
            tries++;
            assertThat(size.blocks()).isOne();
        }
        assertThat(tries).isBetween(3, 10);
        size.took(1, Duration.ofMillis(500), 50);
        assertThat(size.limit()).isEqualTo(TARGET.multipliedBy(2));
    }
}
