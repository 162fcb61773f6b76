package dev.phaselock.bench;

import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One policy in one scenario with one seed: begins with new tables, lets the load run for a second, and ends a second after
 * the policy.
 */
final class Trial {
    /** For how long the load runs before the policy begins. */
    static final Duration BEFORE = Duration.ofSeconds(1);
    /** For how long it is measured after the policy's end. */
    static final Duration AFTER = Duration.ofSeconds(1);

    private final Database database;
    private final BenchDatabase tables;
    private final Tables.Sizes sizes;
    private final Duration window;
    private final String version;
    private final @Nullable ToolHome tools;

    /**
     * @param window for how long a policy may try
     * @param tools null where no tool is measured for real
     */
    Trial(Database database, Tables.Sizes sizes, Duration window, @Nullable ToolHome tools) throws SQLException {
        this.tools = tools;
        this.database = database;
        this.tables = new BenchDatabase(database);
        this.sizes = sizes;
        this.window = window;
        this.version = tables.version();
    }

    /** The server's. */
    String version() {
        return version;
    }

    /**
     * What is asked.
     *
     * @param place of the policy in the order of the seed
     * @param lead how long a policy of others waits before its first try
     * @param atLeast how long what is without DDL takes
     */
    record Question(Scenario scenario, Policy policy, long seed, int place, Duration lead, Duration atLeast) {}

    /**
     * What came of it.
     *
     * @param lead how long Phaselock took before it looked first; zero for the others
     * @param length how long the policy was at work
     */
    record Answer(Measurement measurement, WritesPlot.Series series, Duration lead, Duration length) {}

    /**
     * Measures.
     *
     * @throws IllegalStateException when the scenario does not come about, or Phaselock does not plan the change
     */
    Answer measure(Question question) throws SQLException, InterruptedException {
        Scenario scenario = question.scenario();
        Policy policy = question.policy();
        double machineLoad = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        tables.prepare(scenario, sizes);
        PhaselockPolicy phaselock = new PhaselockPolicy(
                PhaselockPolicy.CHANGE,
                tables.urlOfPhaselock(scenario),
                scenario.ddl().change(policy == Policy.NO_DDL ? Tables.QUIET : Tables.BUSY),
                scenario.locks());
        // Now, and not while writers are measured.
        System.gc();
        ToolProcess tool = policy.script()
                .map(script -> ToolProcess.start(
                        Objects.requireNonNull(tools), script, scenario.ddl(), database.url(), window))
                .orElse(null);
        Ending ending;
        AttributedWaits.Seen attributed;
        long from;
        long ended;
        long to;
        Load load;
        try (tool;
                Neighbour _ = scenario.neighbour().begin(database);
                Load started = Load.start(database, scenario.load(), sizes, question.seed());
                AttributedWaits waits = AttributedWaits.start(database.jdbcUrl())) {
            load = started;
            Pause.of(BEFORE);
            from = System.nanoTime();
            if (tool != null) {
                ending = tool.run(question.lead());
            } else if (policy.tries().isPresent()) {
                ending = PlayedPolicy.run(
                        database.jdbcUrl(),
                        policy.tries().get(),
                        policy.sql(scenario.ddl()),
                        question.lead(),
                        window,
                        question.seed());
            } else {
                ending = phaselock.run(window);
            }
            if (policy == Policy.NO_DDL) {
                if (ending.acquiredMillis() == null) {
                    throw new IllegalStateException(
                            "Phaselock did not get the locks of nobody's tables: " + ending.reason());
                }
                ending = Ending.never(0, "nothing is wanted");
                Pause.until(from + question.atLeast().toNanos());
            }
            ended = System.nanoTime();
            Pause.of(AFTER);
            to = System.nanoTime();
            waits.close();
            attributed = waits.seen();
        }
        List<Write> writes = load.between(from, to);
        Measurement.Felt felt = Measurement.Felt.of(writes);
        return new Answer(
                new Measurement(
                        scenario.key(),
                        policy.key(),
                        question.seed(),
                        question.place(),
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
                new WritesPlot.Series(policy, writes, from, to),
                phaselock.lead(),
                Duration.ofNanos(ended - from));
    }
}
