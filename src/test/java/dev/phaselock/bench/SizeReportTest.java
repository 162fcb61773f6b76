package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.bench.SizeBench.Line;
import dev.phaselock.bench.SizeBench.Way;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SizeReportTest {
    private static Line line(int orders, Way way, long seed, double millis, double longestWait) {
        return new Line(
                orders, way, seed, "17.11", millis, longestWait, new AttributedWaits.Seen(1, longestWait, 0, 3, 9));
    }

    private static final List<Line> LINES = List.of(
            line(10_000, Way.BY_HAND, 1, 100, 0),
            line(10_000, Way.PHASELOCK, 1, 400, 0),
            line(1_000_000, Way.PLAIN, 1, 5_000, 4_900),
            line(1_000_000, Way.BY_HAND, 1, 5_000, 3),
            line(1_000_000, Way.BY_HAND, 2, 10_000, 3),
            line(1_000_000, Way.PHASELOCK, 1, 5_500, 1),
            line(1_000_000, Way.PHASELOCK, 2, 10_500, 2));

    @Test
    void eachSizeHasARowForEachWayWithTheRatiosOfItsSeeds() {
        assertThat(SizeReport.markdown(LINES).lines())
                .contains(
                        "| 10,000 | Phaselock | 0.40 | 4.00 | 0.0 | 0.0 |",
                        "| 1,000,000 | plain ALTER | 5.00 | 1.00 | 4900.0 | 4900.0 |",
                        "| 1,000,000 | Phaselock | 8.00 (5.50 to 10.50) | 1.08 (1.05 to 1.10) | 1.5 (1.0 to 2.0) | 1.5 (1.0 to 2.0) |")
                .noneMatch(row -> row.startsWith("| 10,000 | plain ALTER"));
    }

    @Test
    void theLineOfWhatTakesLongerStandsHigher() {
        String svg = SizeReport.svg(LINES);

        // From 10,000 to 1,000,000 orders, downwards from the top; the first panel has the times.
        double[] byHand = heights(svg, Svg.OTHER);
        double[] phaselock = heights(svg, Svg.GOOD);
        assertThat(phaselock[0]).isLessThan(byHand[0]);
        assertThat(phaselock[1]).isLessThan(phaselock[0]);
        assertThat(byHand[1]).isLessThan(byHand[0]);
    }

    private static double[] heights(String svg, String color) {
        MatchResult line = Pattern.compile("<line [^>]*y1=\"([0-9.]+)\" [^>]*y2=\"([0-9.]+)\" stroke=\"" + color + "\"")
                .matcher(svg)
                .results()
                .findFirst()
                .orElseThrow();
        return new double[] {Double.parseDouble(line.group(1)), Double.parseDouble(line.group(2))};
    }
}
