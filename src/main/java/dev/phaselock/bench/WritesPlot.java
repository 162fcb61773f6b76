package dev.phaselock.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** How long every write took over time, a panel for each of some policies, all on the same scales. */
final class WritesPlot {
    private static final int WIDTH = 900;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 60;
    private static final int PANEL = 190;
    private static final int BETWEEN = 50;

    private WritesPlot() {}

    /**
     * The writes of one policy's window.
     *
     * @param from when the policy began, nanoseconds
     * @param to when the window ended, nanoseconds
     */
    record Series(Policy policy, List<Write> writes, long from, long to) {
        Series {
            writes = List.copyOf(writes);
        }

        double longestMillis() {
            return writes.stream().mapToDouble(Write::millis).max().orElse(0);
        }
    }

    /** @param series not empty */
    static String svg(String scenario, List<Series> series) {
        double most = series.stream().mapToDouble(Series::longestMillis).max().orElse(1);
        double seconds = series.stream()
                .mapToDouble(one -> (one.to() - one.from()) / 1e9)
                .max()
                .orElse(1);
        int height = TOP + series.size() * (PANEL + BETWEEN);
        Svg svg = new Svg(WIDTH, height, "Every write, and how long it took: " + scenario);
        for (int i = 0; i < series.size(); i++) {
            double top = TOP + i * (PANEL + BETWEEN);
            panel(svg, series.get(i), LogScale.of(most, top + PANEL, top), seconds);
        }
        return svg.document();
    }

    private static void panel(Svg svg, Series series, LogScale scale, double seconds) {
        svg.text(
                LEFT,
                scale.to() - 8,
                "start",
                Svg.INK,
                String.format(
                        Locale.ROOT,
                        "%s: longest write %.1f ms",
                        series.policy().title(),
                        series.longestMillis()));
        for (double tick : scale.ticks()) {
            svg.line(LEFT, scale.at(tick), WIDTH - RIGHT, scale.at(tick), Svg.GRID, 1);
            svg.text(LEFT - 8, scale.at(tick) + 4, "end", Svg.FAINT, LogScale.label(tick));
        }
        int step = Math.max(1, (int) Math.ceil(seconds / 10));
        for (int second = 0; second <= seconds; second += step) {
            svg.text(x(second, seconds), scale.from() + 18, "middle", Svg.FAINT, second + " s");
        }
        // A point of the picture is drawn once, however many writes fall on it.
        Stream<Svg.Point> points = series.writes().stream()
                .map(write -> new Svg.Point(
                        even(x((write.startedAt() - series.from()) / 1e9, seconds)), even(scale.at(write.millis()))))
                .filter(point -> point.x() >= LEFT)
                .distinct();
        svg.dots(points, series.policy() == Policy.PLAIN ? Svg.BAD : Svg.GOOD);
    }

    private static int even(double number) {
        return 2 * (int) Math.round(number / 2);
    }

    private static double x(double second, double seconds) {
        return LEFT + second / seconds * (WIDTH - LEFT - RIGHT);
    }
}
