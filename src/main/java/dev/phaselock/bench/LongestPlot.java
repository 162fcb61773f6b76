package dev.phaselock.bench;

import java.util.List;
import java.util.Locale;

/**
 * The longest wait of a writer for each policy in one scenario: a bar to the median of the seeds, a line from the least to
 * the most, and beside it where the writers' own worst stands without DDL.
 */
final class LongestPlot {
    private static final int WIDTH = 900;
    private static final int LEFT = 230;
    private static final int RIGHT = 210;
    private static final int TOP = 60;
    private static final int ROW = 30;

    private LongestPlot() {}

    static String svg(Scenario scenario, List<Measurement> here) {
        List<Policy> policies = List.of(Policy.values()).stream()
                .filter(policy -> policy != Policy.NO_DDL)
                .filter(policy -> !of(here, policy).isEmpty())
                .toList();
        double most = here.stream()
                .mapToDouble(measurement -> Math.max(
                        measurement.attributed().longestMillis(),
                        measurement.policy().equals(Policy.NO_DDL.key()) ? measurement.longestWriteMillis() : 0))
                .max()
                .orElse(1);
        LogScale scale = LogScale.of(most, LEFT, WIDTH - RIGHT);
        int bottom = TOP + policies.size() * ROW;
        Svg svg = new Svg(WIDTH, bottom + 50, "Longest wait of a write for the schema change: " + scenario.title());
        for (double tick : scale.ticks()) {
            svg.line(scale.at(tick), TOP - 8, scale.at(tick), bottom, Svg.GRID, 1);
            svg.text(scale.at(tick), bottom + 16, "middle", Svg.FAINT, LogScale.label(tick));
        }
        for (int i = 0; i < policies.size(); i++) {
            row(svg, scale, policies.get(i), of(here, policies.get(i)), TOP + i * ROW);
        }
        baseline(svg, scale, of(here, Policy.NO_DDL), bottom);
        return svg.document();
    }

    private static void row(Svg svg, LogScale scale, Policy policy, List<Measurement> its, double top) {
        Statistics longest = Statistics.of(its.stream()
                .map(measurement -> measurement.attributed().longestMillis())
                .toList());
        long acquired = its.stream()
                .filter(measurement -> measurement.ending().acquiredMillis() != null)
                .count();
        String color = policy == Policy.PHASELOCK ? Svg.GOOD : policy == Policy.PLAIN ? Svg.BAD : Svg.OTHER;
        svg.text(LEFT - 10, top + 16, "end", Svg.INK, policy.title());
        svg.box(LEFT, top + 4, scale.at(longest.median()) - LEFT, ROW - 12, color);
        double middle = top + 4 + (ROW - 12) / 2.0;
        svg.line(scale.at(longest.least()), middle, scale.at(longest.most()), middle, Svg.INK, 1.5);
        String wait = longest.median() == 0 ? "none seen" : String.format(Locale.ROOT, "%.1f ms", longest.median());
        svg.text(
                WIDTH - RIGHT + 12,
                top + 16,
                "start",
                Svg.FAINT,
                wait + "; acquired " + acquired + " of " + its.size());
    }

    private static void baseline(Svg svg, LogScale scale, List<Measurement> its, double bottom) {
        if (its.isEmpty()) {
            return;
        }
        double longest = Statistics.of(
                        its.stream().map(Measurement::longestWriteMillis).toList())
                .median();
        svg.line(scale.at(longest), TOP - 8, scale.at(longest), bottom, Svg.FAINT, 1.5);
        svg.text(
                scale.at(longest),
                bottom + 36,
                "middle",
                Svg.FAINT,
                String.format(Locale.ROOT, "the writers' own longest write without DDL: %.1f ms", longest));
    }

    private static List<Measurement> of(List<Measurement> measurements, Policy policy) {
        return measurements.stream()
                .filter(measurement -> measurement.policy().equals(policy.key()))
                .toList();
    }
}
