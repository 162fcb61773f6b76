package dev.phaselock.bench;

import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The benchmark of lock acquisition: each scenario with each policy and each seed, one after the other on a server of the scenario. The
 * order of the policies is shuffled for each seed; the window without DDL comes right after Phaselock's and is as long.
 */
public final class LockBench {
    private static final int WARM_UPS = 3;

    private final Plan plan;
    private final Servers servers;
    private final PrintWriter out;
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<Scenario, List<WritesPlot.Series>> series = new HashMap<>();
    private final long startedAt = System.nanoTime();
    private int done;

    /**
     * What is measured.
     *
     * @param scenarios keys, in this order
     * @param policies keys; {@code no-ddl} among them gives the baseline
     * @param seeds of the load and of the order of policies
     * @param window for how long a policy may try
     * @param orders how many orders there are
     * @param customers how many customers
     * @param tools where the tools are that are measured for real; null where they are not among the policies
     */
    public record Plan(
            List<String> scenarios,
            List<String> policies,
            List<Long> seeds,
            Duration window,
            int orders,
            int customers,
            @Nullable ToolHome tools) {
        public Plan {
            scenarios = List.copyOf(scenarios);
            policies = List.copyOf(policies);
            seeds = List.copyOf(seeds);
            scenarios.forEach(Scenario::of);
            for (String policy : policies) {
                if (Policy.of(policy).script().isPresent() && tools == null) {
                    throw new IllegalArgumentException(policy + " is a real tool: call with --tools");
                }
            }
            new Tables.Sizes(orders, customers);
        }

        /** All scenarios that there are. */
        public static List<String> allScenarios() {
            return Scenario.ALL.stream().map(Scenario::key).toList();
        }

        /**
         * The policies that there are.
         *
         * @param real whether the tools that are measured for real are among them
         */
        public static List<String> allPolicies(boolean real) {
            return List.of(Policy.values()).stream()
                    .filter(policy -> real || policy.script().isEmpty())
                    .map(Policy::key)
                    .toList();
        }

        private Tables.Sizes sizes() {
            return new Tables.Sizes(orders, customers);
        }

        private int runs() {
            return scenarios.size() * policies.size() * seeds.size();
        }
    }

    /**
     * Prepares it.
     *
     * @param servers gives each scenario one of its own
     * @param out is told where it stands
     */
    public LockBench(Plan plan, Servers servers, PrintWriter out) {
        this.plan = plan;
        this.servers = servers;
        this.out = out;
    }

    /**
     * Measures all of it, and writes {@code results.jsonl} (a line after each measurement), {@code results.md} and the
     * plots (after each scenario) into a folder. A measurement that fails is told and left out.
     *
     * @return whether none failed
     */
    public boolean run(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path lines = folder.resolve("results.jsonl");
        Files.writeString(lines, "");
        say(Runtime.getRuntime().availableProcessors() + " processors, " + plan.runs() + " measurements; results: "
                + folder);
        for (String key : plan.scenarios()) {
            Scenario scenario = Scenario.of(key);
            int before = done;
            try (Servers.Server server = servers.start(scenario.site())) {
                measure(scenario, new Trial(server.database(), plan.sizes(), plan.window(), plan.tools()), lines);
            } catch (SQLException | IOException | IllegalStateException e) {
                failures.add(scenario.key() + ": " + e.getMessage());
                say("  FAILED: " + failures.getLast());
                done = before + plan.policies().size() * plan.seeds().size();
            }
            series.getOrDefault(scenario, new ArrayList<>()).sort(Comparator.comparing(WritesPlot.Series::policy));
            Report.write(folder, measurements, series);
        }
        failures.forEach(failure -> say("not measured: " + failure));
        return failures.isEmpty();
    }

    private void measure(Scenario scenario, Trial trial, Path lines)
            throws IOException, SQLException, InterruptedException {
        say(scenario.title() + ", PostgreSQL " + trial.version());
        Duration lead = warmUp(trial, scenario);
        for (long seed : plan.seeds()) {
            measure(trial, scenario, seed, lead, lines);
        }
    }

    private void measure(Trial trial, Scenario scenario, long seed, Duration lead, Path lines)
            throws IOException, InterruptedException {
        List<Policy> order = order(plan.policies().stream().map(Policy::of).toList(), seed);
        say("  seed " + seed + ": "
                + String.join(", ", order.stream().map(Policy::key).toList()));
        Duration length = Duration.ZERO;
        for (int place = 1; place <= order.size(); place++) {
            Policy policy = order.get(place - 1);
            Trial.Answer answer;
            try {
                answer = trial.measure(new Trial.Question(scenario, policy, seed, place, lead, length));
            } catch (SQLException | IllegalStateException e) {
                failures.add(scenario.key() + ", " + policy.key() + ", seed " + seed + ": " + e.getMessage());
                say("    FAILED: " + failures.getLast());
                done++;
                continue;
            }
            length = answer.length();
            measurements.add(answer.measurement());
            if (seed == plan.seeds().getFirst() && (policy == Policy.PLAIN || policy == Policy.PHASELOCK)) {
                series.computeIfAbsent(scenario, _ -> new ArrayList<>()).add(answer.series());
            }
            Files.writeString(lines, ResultJson.write(answer.measurement()) + "\n", StandardOpenOption.APPEND);
            tell(answer.measurement());
        }
    }

    /**
     * So that the first measurement is not the one that waits for the JVM to compile.
     *
     * @return how long Phaselock takes before it looks first, the median
     */
    private Duration warmUp(Trial trial, Scenario scenario) throws SQLException, InterruptedException {
        List<Double> leads = new ArrayList<>();
        for (int i = 0; i < WARM_UPS; i++) {
            Duration found = trial.measure(
                            new Trial.Question(scenario, Policy.NO_DDL, 0, 0, Duration.ZERO, Duration.ZERO))
                    .lead();
            leads.add((double) found.toNanos());
        }
        Duration lead = Duration.ofNanos((long) Statistics.of(leads).median());
        say(String.format(
                Locale.ROOT, "  Phaselock looks first after %.0f ms: the others begin then", lead.toNanos() / 1e6));
        return lead;
    }

    /** The order of one seed: shuffled, and what is without DDL right after Phaselock, or else at the end. */
    static List<Policy> order(List<Policy> policies, long seed) {
        List<Policy> order = new ArrayList<>(policies);
        boolean baseline = order.remove(Policy.NO_DDL);
        Collections.shuffle(order, new Random(seed));
        if (baseline) {
            int phaselock = order.indexOf(Policy.PHASELOCK);
            order.add(phaselock < 0 ? order.size() : phaselock + 1, Policy.NO_DDL);
        }
        return List.copyOf(order);
    }

    private void tell(Measurement measurement) {
        done++;
        Double acquired = measurement.ending().acquiredMillis();
        long minutes = (System.nanoTime() - startedAt) / done * (plan.runs() - done) / 60_000_000_000L;
        say(String.format(
                Locale.ROOT,
                "    %3d/%d %-20s %-22s %2d tries, waits for it: longest %7.1f ms, sum %9.1f ms; longest write %7.1f ms%s   ~%d min left",
                done,
                plan.runs(),
                measurement.policy(),
                acquired == null
                        ? measurement.ending().reason()
                        : String.format(Locale.ROOT, "after %.2f s", acquired / 1000),
                measurement.ending().tries(),
                measurement.attributed().longestMillis(),
                measurement.attributed().sumMillis(),
                measurement.longestWriteMillis(),
                measurement.failures().isEmpty() ? "" : ", failed writes " + measurement.failures(),
                minutes));
    }

    private void say(String text) {
        out.println(text);
        out.flush();
    }
}
