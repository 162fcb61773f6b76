package dev.phaselock.bench;

import dev.phaselock.bench.SizeBench.Line;
import dev.phaselock.bench.SizeBench.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What {@link SizeBench} measured, as a table and as a plot. */
final class SizeReport {
    private static final int WIDTH = 900;
    private static final int LEFT = 70;
    private static final int RIGHT = 230;
    private static final int TOP = 60;
    private static final int PANEL = 220;
    private static final int BETWEEN = 70;

    private SizeReport() {}

    static void write(Path folder, List<Line> lines) throws IOException {
        Files.writeString(folder.resolve("sizes.md"), markdown(lines));
        Files.writeString(folder.resolve("sizes.svg"), svg(lines));
    }

    static String markdown(List<Line> lines) {
        StringBuilder text = new StringBuilder("| orders | way | valid after, s | against NOT VALID, VALIDATE |"
                + " longest wait for it, ms | longest write, ms |\n|---|---|---|---|---|---|\n");
        for (int orders : sizes(lines)) {
            for (Way way : Way.values()) {
                List<Line> its = of(lines, orders, way);
                if (!its.isEmpty()) {
                    text.append(String.format(
                            Locale.ROOT,
                            "| %,d | %s | %s | %s | %s | %s |%n",
                            orders,
                            way.title(),
                            Report.spread(numbers(its, line -> line.millis() / 1000), 2),
                            Report.spread(ratios(its, of(lines, orders, Way.BY_HAND)), 2),
                            Report.spread(numbers(its, line -> line.attributed().longestMillis()), 1),
                            Report.spread(numbers(its, Line::longestWriteMillis), 1)));
                }
            }
        }
        return text.toString();
    }

    /** Of the same seed. */
    private static List<Double> ratios(List<Line> its, List<Line> others) {
        return its.stream()
                .flatMap(line -> others.stream()
                        .filter(other -> other.seed() == line.seed())
                        .map(other -> line.millis() / other.millis()))
                .toList();
    }

    /** Above how long it took, below the longest wait for it, both against the number of orders, on logarithmic scales. */
    static String svg(List<Line> lines) {
        Svg svg = new Svg(
                WIDTH,
                TOP + 2 * (PANEL + BETWEEN),
                "A foreign key, from its beginning until it is valid, and the table's size");
        panel(svg, lines, "valid after", Line::millis, TOP);
        panel(
                svg,
                lines,
                "longest wait of a write for it",
                line -> line.attributed().longestMillis(),
                TOP + PANEL + BETWEEN);
        return svg.document();
    }

    private static void panel(Svg svg, List<Line> lines, String what, ToDoubleFunction<Line> number, double top) {
        LogScale scale = LogScale.of(lines.stream().mapToDouble(number).max().orElse(1), top + PANEL, top + 10);
        svg.text(LEFT, top - 4, "start", Svg.INK, what);
        for (double tick : scale.ticks()) {
            svg.line(LEFT, scale.at(tick), WIDTH - RIGHT, scale.at(tick), Svg.GRID, 1);
            svg.text(LEFT - 8, scale.at(tick) + 4, "end", Svg.FAINT, LogScale.label(tick));
        }
        List<Integer> sizes = sizes(lines);
        for (int orders : sizes) {
            svg.text(
                    x(orders, sizes), top + PANEL + 18, "middle", Svg.FAINT, String.format(Locale.ROOT, "%,d", orders));
        }
        double label = top + 20;
        for (Way way : Way.values()) {
            String color = color(way);
            Optional<Svg.Point> before = Optional.empty();
            for (int orders : sizes) {
                List<Line> its = of(lines, orders, way);
                if (!its.isEmpty()) {
                    double median = Statistics.of(numbers(its, number)).median();
                    Svg.Point point = new Svg.Point((int) x(orders, sizes), (int) scale.at(median));
                    before.ifPresent(from -> svg.line(from.x(), from.y(), point.x(), point.y(), color, 2));
                    svg.dots(java.util.stream.Stream.of(point), color);
                    before = Optional.of(point);
                }
            }
            svg.text(WIDTH - RIGHT + 30, label, "start", color, way.title());
            label += 20;
        }
    }

    private static String color(Way way) {
        return switch (way) {
            case PLAIN -> Svg.BAD;
            case BY_HAND -> Svg.OTHER;
            case PHASELOCK -> Svg.GOOD;
        };
    }

    private static double x(int orders, List<Integer> sizes) {
        double first = Math.log10(sizes.getFirst());
        double span = Math.max(1e-9, Math.log10(sizes.getLast()) - first);
        return LEFT + 30 + (Math.log10(orders) - first) / span * (WIDTH - LEFT - RIGHT - 60);
    }

    private static List<Integer> sizes(List<Line> lines) {
        return lines.stream().map(Line::orders).distinct().sorted().toList();
    }

    private static List<Line> of(List<Line> lines, int orders, Way way) {
        return lines.stream()
                .filter(line -> line.orders() == orders && line.way() == way)
                .toList();
    }

    private static List<Double> numbers(List<Line> lines, ToDoubleFunction<Line> number) {
        return lines.stream().mapToDouble(number).boxed().toList();
    }
}
