package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The documented settings of each tool, written out. */
class TriesTest {
    private static final double ALL = 1;

    private static List<String> first(Tries tries, int count, double random) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> tries.number(number, () -> random))
                .flatMap(Optional::stream)
                .map(one -> one.lockTimeout().toMillis() + "/" + one.pause().toMillis())
                .toList();
    }

    @Test
    void aPlainStatementWaitsWithoutALimitAndOnce() {
        assertThat(first(Tries.ONE_WITHOUT_A_TIMEOUT, 5, ALL)).containsExactly("0/0");
    }

    @Test
    void safePgMigrationsTriesFiveTimesAMinuteApart() {
        assertThat(first(Tries.SAFE_PG_MIGRATIONS, 9, ALL))
                .containsExactly("4950/60000", "4950/60000", "4950/60000", "4950/60000", "4950/60000");
    }

    @Test
    void pgSpriteTriesThreeTimesWithPausesThatDouble() {
        assertThat(first(Tries.PG_SPRITE, 9, ALL)).containsExactly("3000/100", "3000/200", "3000/400");
    }

    @Test
    void pgrollTriesForEverAndTakesARandomPartOfPausesThatDoubleUpToAMinute() {
        assertThat(first(Tries.PGROLL, 8, ALL))
                .containsExactly(
                        "500/1000",
                        "500/2000",
                        "500/4000",
                        "500/8000",
                        "500/16000",
                        "500/32000",
                        "500/60000",
                        "500/60000");
        assertThat(first(Tries.PGROLL, 2, 0.25)).containsExactly("500/250", "500/500");
        assertThat(Tries.PGROLL.number(1_000_000, () -> ALL)).contains(LockTry.of(500, 60_000));
    }

    @Test
    void onlineMigrationsRoundsItsPausesUpToWholeSecondsAndGivesUpAfterThirtyRetries() {
        assertThat(first(Tries.ONLINE_MIGRATIONS, 9, ALL))
                .containsExactly(
                        "200/1000",
                        "200/1000",
                        "200/1000",
                        "200/1000",
                        "200/1000",
                        "200/1000",
                        "200/1000",
                        "200/2000",
                        "200/3000");
        assertThat(first(Tries.ONLINE_MIGRATIONS, 40, ALL)).hasSize(31).endsWith("200/60000");
    }

    @Test
    void gitLabsTableHasFortyOneTriesAndThenOneWithoutATimeout() {
        List<String> tries = first(Tries.GITLAB, 50, ALL);

        assertThat(tries).hasSize(42).startsWith("100/50", "100/50", "200/50", "300/100", "400/150", "500/2000");
        assertThat(tries.subList(39, 42)).containsExactly("500/2000", "10000/600000", "0/0");
        assertThat(tries.get(10)).isEqualTo("1000/60000");
        assertThat(tries.get(19)).isEqualTo("3000/180000");
    }
}
