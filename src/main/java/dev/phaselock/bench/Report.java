package dev.phaselock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The measurements as tables, Markdown: for each scenario a row for each policy, medians and the least to the most. */
final class Report {
    private Report() {}

    /**
     * Writes the tables and the plots.
     *
     * @param series by scenario: the writes of some policies
     */
    static void write(Path folder, List<Measurement> measurements, Map<Scenario, List<WritesPlot.Series>> series)
            throws IOException {
        Files.writeString(folder.resolve("results.md"), markdown(measurements));
        for (Scenario scenario : Scenario.ALL) {
            List<Measurement> here = of(scenario, measurements);
            if (here.stream().anyMatch(measurement -> !measurement.policy().equals(Policy.NO_DDL.key()))) {
                Files.writeString(
                        folder.resolve("longest-" + scenario.key() + ".svg"), LongestPlot.svg(scenario, here));
            }
            List<WritesPlot.Series> writes = series.getOrDefault(scenario, List.of());
            if (!writes.isEmpty()) {
                Files.writeString(
                        folder.resolve("writes-" + scenario.key() + ".svg"), WritesPlot.svg(scenario.title(), writes));
            }
        }
    }

    static String markdown(List<Measurement> measurements) {
        StringBuilder text = new StringBuilder();
        text.append("PostgreSQL ")
                .append(measurements.stream()
                        .map(Measurement::server)
                        .distinct()
                        .collect(Collectors.joining(", ")))
                .append(", seeds ")
                .append(measurements.stream()
                        .map(measurement -> Long.toString(measurement.seed()))
                        .distinct()
                        .collect(Collectors.joining(", ")))
                .append("; the machine's load average when a measurement began: ")
                .append(spread(numbers(measurements, Measurement::machineLoad), 1))
                .append(".\n");
        for (Scenario scenario : Scenario.ALL) {
            List<Measurement> here = of(scenario, measurements);
            if (!here.isEmpty()) {
                text.append('\n').append(table(scenario, here));
            }
        }
        return text.toString();
    }

    private static List<Measurement> of(Scenario scenario, List<Measurement> measurements) {
        return measurements.stream()
                .filter(measurement -> measurement.scenario().equals(scenario.key()))
                .toList();
    }

    private static String table(Scenario scenario, List<Measurement> here) {
        StringBuilder text = new StringBuilder("## ").append(scenario.title()).append("\n\n");
        text.append(
                "| policy | acquired | after, s | against NOT VALID | tries | longest wait for it, ms | sum of waits for it, ms"
                        + " | longest write, ms | over no DDL, ms | sum over 20 ms, ms | failed writes |\n");
        text.append("|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (Policy policy : Policy.values()) {
            List<Measurement> its = here.stream()
                    .filter(measurement -> measurement.policy().equals(policy.key()))
                    .toList();
            if (!its.isEmpty()) {
                text.append(row(policy, its, here));
            }
        }
        return text.toString();
    }

    private static String row(Policy policy, List<Measurement> its, List<Measurement> here) {
        List<Double> acquired = its.stream()
                .map(measurement -> measurement.ending().acquiredMillis())
                .flatMap(
                        millis -> millis == null ? java.util.stream.Stream.empty() : java.util.stream.Stream.of(millis))
                .map(millis -> millis / 1000)
                .toList();
        boolean ddl = policy != Policy.NO_DDL;
        List<String> cells = new ArrayList<>();
        cells.add(policy == Policy.PHASELOCK ? "**" + policy.title() + "**" : policy.title());
        cells.add(ddl ? acquired.size() + " of " + its.size() : "");
        cells.add(ddl ? spread(acquired, 2) : "");
        cells.add(ddl ? ratio(Comparison.acquiredRatio(its, here, Policy.NOT_VALID)) : "");
        cells.add(ddl ? spread(numbers(its, measurement -> measurement.ending().tries()), 0) : "");
        cells.add(
                ddl
                        ? spread(
                                numbers(
                                        its,
                                        measurement -> measurement.attributed().longestMillis()),
                                1)
                        : "");
        cells.add(
                ddl
                        ? spread(
                                numbers(
                                        its,
                                        measurement -> measurement.attributed().sumMillis()),
                                1)
                        : "");
        cells.add(spread(numbers(its, Measurement::longestWriteMillis), 1));
        cells.add(ddl ? spread(Comparison.longestWriteDifferences(its, here, Policy.NO_DDL), 1) : "");
        cells.add(spread(numbers(its, Measurement::overTwentyMillis), 1));
        cells.add(Integer.toString(its.stream()
                .mapToInt(measurement -> measurement.failures().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .sum()));
        return "| " + String.join(" | ", cells) + " |\n";
    }

    private static String ratio(OptionalDouble ratio) {
        return ratio.isEmpty() ? "–" : String.format(Locale.ROOT, "%.2f", ratio.getAsDouble());
    }

    private static List<Double> numbers(List<Measurement> measurements, ToDoubleFunction<Measurement> number) {
        return measurements.stream().mapToDouble(number).boxed().toList();
    }

    /** {@code median (least to most)}; a dash without numbers. */
    static String spread(List<Double> numbers, int digits) {
        if (numbers.isEmpty()) {
            return "–";
        }
        Statistics statistics = Statistics.of(numbers);
        String format = "%." + digits + "f";
        String median = String.format(Locale.ROOT, format, statistics.median());
        if (numbers.size() == 1) {
            return median;
        }
        return median + " (" + String.format(Locale.ROOT, format, statistics.least()) + " to "
                + String.format(Locale.ROOT, format, statistics.most()) + ")";
    }
}
