package dev.phaselock.bench;

import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * The benchmark of lock acquisition: each scenario with each policy and each seed, one after the other on one server. A
 * measurement begins with new tables, lets the load run for a second, and ends a second after the policy. The order of
 * the policies is shuffled for each seed; the window without DDL comes right after Phaselock's and is as long.
 */
public final class LockBench {
    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final Duration TAIL = Duration.ofSeconds(1);

    private final Plan plan;
    private final Database database;
    private final PrintWriter out;
    private final BenchDatabase tables;
    private final List<Measurement> measurements = new ArrayList<>();
    private final Map<Scenario, List<WritesPlot.Series>> series = new EnumMap<>(Scenario.class);
    private final long startedAt = System.nanoTime();
    private String version = "";
    private Duration lead = Duration.ZERO;
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
     */
    public record Plan(
            List<String> scenarios,
            List<String> policies,
            List<Long> seeds,
            Duration window,
            int orders,
            int customers) {
        public Plan {
            scenarios = List.copyOf(scenarios);
            policies = List.copyOf(policies);
            seeds = List.copyOf(seeds);
            scenarios.forEach(Scenario::of);
            policies.forEach(Policy::of);
            new Tables.Sizes(orders, customers);
        }

        /** All scenarios that there are. */
        public static List<String> allScenarios() {
            return List.of(Scenario.values()).stream().map(Scenario::key).toList();
        }

        /** All policies that there are. */
        public static List<String> allPolicies() {
            return List.of(Policy.values()).stream().map(Policy::key).toList();
        }

        private Tables.Sizes sizes() {
            return new Tables.Sizes(orders, customers);
        }

        private int runs() {
            return scenarios.size() * policies.size() * seeds.size();
        }
    }

    /**
     * Where it is measured: a database of the benchmark's own, by its superuser.
     *
     * @param jdbcUrl with user and password as parameters
     * @param url {@code postgresql://…} of the same
     */
    public record Database(String jdbcUrl, String url) {}

    /** @param out is told where it stands */
    public LockBench(Plan plan, Database database, PrintWriter out) {
        this.plan = plan;
        this.database = database;
        this.out = out;
        this.tables = new BenchDatabase(database.jdbcUrl());
    }

    /**
     * Measures all of it, and writes {@code results.jsonl} (a line after each measurement), {@code results.md} and the
     * plots (after each scenario) into a folder.
     */
    public void run(Path folder) throws IOException, SQLException, InterruptedException {
        Files.createDirectories(folder);
        Path lines = folder.resolve("results.jsonl");
        Files.writeString(lines, "");
        version = tables.version();
        say("PostgreSQL " + version + ", " + Runtime.getRuntime().availableProcessors() + " processors, " + plan.runs()
                + " measurements; results: " + folder);
        warmUp();
        for (String key : plan.scenarios()) {
            Scenario scenario = Scenario.of(key);
            say(scenario.title());
            for (long seed : plan.seeds()) {
                List<Policy> order =
                        order(plan.policies().stream().map(Policy::of).toList(), seed);
                say("  seed " + seed + ": "
                        + String.join(", ", order.stream().map(Policy::key).toList()));
                double length = 0;
                for (int place = 1; place <= order.size(); place++) {
                    Policy policy = order.get(place - 1);
                    Measured measured = measure(scenario, policy, seed, place, length);
                    length = measured.measurement().windowMillis() - TAIL.toMillis();
                    measurements.add(measured.measurement());
                    if (seed == plan.seeds().getFirst() && (policy == Policy.PLAIN || policy == Policy.PHASELOCK)) {
                        series.computeIfAbsent(scenario, _ -> new ArrayList<>()).add(measured.series());
                    }
                    Files.writeString(
                            lines, ResultJson.write(measured.measurement()) + "\n", StandardOpenOption.APPEND);
                    tell(measured.measurement());
                }
            }
            series.getOrDefault(scenario, new ArrayList<>()).sort(Comparator.comparing(WritesPlot.Series::policy));
            Report.write(folder, measurements, series);
        }
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

    private record Measured(Measurement measurement, WritesPlot.Series series) {}

    /** So that the first measurement is not the one that waits for the JVM to compile. */
    private void warmUp() throws SQLException, InterruptedException {
        say("warms up");
        for (int i = 0; i < 3; i++) {
            measure(Scenario.WRITERS, Policy.PHASELOCK, 0, 0, 0);
        }
        say(String.format(
                Locale.ROOT, "Phaselock looks first after %.0f ms: the others begin then", lead.toNanos() / 1e6));
    }

    /** @param atLeastMillis how long what is without DDL takes, tail apart */
    private Measured measure(Scenario scenario, Policy policy, long seed, int place, double atLeastMillis)
            throws SQLException, InterruptedException {
        double machineLoad = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        tables.prepare(scenario, plan.sizes());
        PhaselockPolicy phaselock = new PhaselockPolicy(
                database.url(),
                scenario.ddl().change(policy == Policy.NO_DDL ? Tables.QUIET : Tables.BUSY),
                scenario.budget());
        if (scenario.autovacuum()) {
            tables.beginAutovacuum();
        }
        System.gc();
        Load load = Load.start(database.jdbcUrl(), scenario.load(), plan.sizes(), seed);
        long from;
        long to;
        Ending ending;
        AttributedWaits.Seen attributed;
        try (load;
                AttributedWaits waits = AttributedWaits.start(database.jdbcUrl())) {
            LockSupport.parkNanos(WARM_UP.toNanos());
            from = System.nanoTime();
            ending = policy.tries().isPresent()
                    ? PlayedPolicy.run(
                            database.jdbcUrl(),
                            policy.tries().get(),
                            policy.sql(scenario.ddl()),
                            lead,
                            plan.window(),
                            seed)
                    : phaselock.run(plan.window());
            if (policy.tries().isEmpty()) {
                lead = phaselock.lead();
            }
            if (policy == Policy.NO_DDL) {
                ending = Ending.never(0, "nothing is wanted");
                LockSupport.parkNanos((long) (atLeastMillis * 1e6) - (System.nanoTime() - from));
            }
            LockSupport.parkNanos(TAIL.toNanos());
            to = System.nanoTime();
            waits.close();
            attributed = waits.seen();
        }
        List<Write> writes = load.between(from, to);
        Measurement.Felt felt = Measurement.Felt.of(writes);
        return new Measured(
                new Measurement(
                        scenario.key(),
                        policy.key(),
                        seed,
                        place,
                        version,
                        ending,
                        (to - from) / 1e6,
                        felt.writes(),
                        felt.medianMillis(),
                        felt.p999Millis(),
                        felt.longestMillis(),
                        felt.overTwentyMillis(),
                        attributed,
                        load.failures(),
                        machineLoad),
                new WritesPlot.Series(policy, writes, from, to));
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
