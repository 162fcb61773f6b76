package dev.phaselock.bench;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How long the phases take that read a whole table, beside the bare statement that does the same, without a load: what
 * Phaselock adds, and what several connections save.
 */
public final class ScanBench {
    private static final String CHECK = "NOT (total > -1000000)";

    private final List<Integer> sizes;
    private final List<Long> seeds;
    private final Database database;
    private final PrintWriter out;
    private final List<Line> lines = new ArrayList<>();

    /**
     * @param sizes how many orders there are, one after the other
     * @param seeds a repetition for each
     * @param out is told where it stands
     */
    public ScanBench(List<Integer> sizes, List<Long> seeds, Database database, PrintWriter out) {
        this.sizes = List.copyOf(sizes);
        this.seeds = List.copyOf(seeds);
        this.database = database;
        this.out = out;
    }

    /** What reads the table. */
    enum Task {
        VALIDATE("validate a foreign key"),
        INDEX("build an index concurrently"),
        VERIFY("look for rows that violate a check");

        private final String title;

        Task(String title) {
            this.title = title;
        }
    }

    /** Who does it. */
    enum Way {
        BARE("bare statement"),
        /** With the parallel workers that the server gives a query by itself; of a query only. */
        PARALLEL("bare, parallel workers"),
        PHASELOCK("Phaselock");

        private final String title;

        Way(String title) {
            this.title = title;
        }
    }

    /**
     * One measurement.
     *
     * @param millis of Phaselock with the sessions that a phase opens and what it plans, without its pod
     */
    record Line(int orders, Task task, Way way, long seed, String server, double millis) {}

    /** Measures, and writes {@code scans.jsonl} and {@code scans.md} into a folder. */
    public void run(Path folder) throws IOException, SQLException {
        Files.createDirectories(folder);
        Path file = folder.resolve("scans.jsonl");
        Files.writeString(file, "");
        BenchDatabase made = new BenchDatabase(database);
        String version = made.version();
        for (int orders : sizes) {
            out.printf(Locale.ROOT, "makes %,d orders%n", orders);
            out.flush();
            made.prepare(Scenario.WRITERS, new Tables.Sizes(orders, Math.max(SizeBench.LEAST, orders / 10)));
            // The first is slower than all that follow, and counts for nobody.
            for (Task task : Task.values()) {
                measure(task, Way.PHASELOCK);
            }
            for (long seed : seeds) {
                for (Task task : Task.values()) {
                    List<Way> ways = new ArrayList<>(List.of(Way.values()));
                    if (task != Task.VERIFY) {
                        ways.remove(Way.PARALLEL);
                    }
                    Collections.shuffle(ways, new Random(seed));
                    for (Way way : ways) {
                        Line line = new Line(orders, task, way, seed, version, measure(task, way));
                        lines.add(line);
                        Files.writeString(file, ResultJson.write(line) + "\n", StandardOpenOption.APPEND);
                        out.printf(
                                Locale.ROOT,
                                "  seed %d %-34s %-22s %8.3f s%n",
                                seed,
                                task.title,
                                way.title,
                                line.millis() / 1000);
                        out.flush();
                    }
                }
            }
            Files.writeString(folder.resolve("scans.md"), markdown(lines));
        }
    }

    private double measure(Task task, Way way) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl() + "&ApplicationName=" + AttributedWaits.POLICY);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP INDEX IF EXISTS wanted");
            statement.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted");
            if (task == Task.VALIDATE) {
                statement.execute(Ddl.FOREIGN_KEY.notValid(Tables.BUSY));
            }
            statement.execute("SELECT count(*) FROM orders LEFT JOIN customers ON customers.id = orders.customer_id");
            statement.execute("CHECKPOINT");
            if (way == Way.PHASELOCK) {
                return phaselock(task);
            }
            statement.execute("SET max_parallel_workers_per_gather = " + (way == Way.PARALLEL ? "DEFAULT" : "0"));
            long from = System.nanoTime();
            statement.execute(
                    switch (task) {
                        case VALIDATE -> "ALTER TABLE orders VALIDATE CONSTRAINT wanted";
                        case INDEX -> "CREATE INDEX CONCURRENTLY wanted ON orders (customer_id)";
                        case VERIFY -> "SELECT count(*) FROM orders WHERE " + CHECK;
                    });
            return (System.nanoTime() - from) / 1e6;
        }
    }

    private double phaselock(Task task) {
        ChangeSpec change = switch (task) {
            case VALIDATE -> Ddl.FOREIGN_KEY.change(Tables.BUSY);
            case INDEX ->
                ChangeSpec.of(new CreateIndexSpec(
                        "orders",
                        "wanted",
                        List.of(CreateIndexSpec.Column.of("customer_id")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null));
            case VERIFY -> Ddl.CHECK.change(Tables.BUSY);
        };
        PhaselockPolicy phaselock =
                new PhaselockPolicy(PhaselockPolicy.CHANGE, database.url(), change, LocksSpec.DEFAULT);
        long from = System.nanoTime();
        phaselock.run(
                switch (task) {
                    case VALIDATE -> PhaseType.VALIDATE;
                    case INDEX -> PhaseType.INDEX;
                    case VERIFY -> PhaseType.VERIFY;
                });
        return (System.nanoTime() - from) / 1e6;
    }

    static String markdown(List<Line> lines) {
        StringBuilder text =
                new StringBuilder("| orders | | | s | beside the bare statement |\n|---|---|---|---|---|\n");
        for (int orders : lines.stream().map(Line::orders).distinct().toList()) {
            for (Task task : Task.values()) {
                for (Way way : Way.values()) {
                    List<Line> its = of(lines, orders, task, way);
                    if (!its.isEmpty()) {
                        List<Line> bare = of(lines, orders, task, Way.BARE);
                        text.append(String.format(
                                Locale.ROOT,
                                "| %,d | %s | %s | %s | %s |%n",
                                orders,
                                task.title,
                                way.title,
                                Report.spread(
                                        its.stream()
                                                .map(line -> line.millis() / 1000)
                                                .toList(),
                                        3),
                                Report.spread(ratios(its, bare), 2)));
                    }
                }
            }
        }
        return text.toString();
    }

    private static List<Line> of(List<Line> lines, int orders, Task task, Way way) {
        return lines.stream()
                .filter(line -> line.orders() == orders && line.task() == task && line.way() == way)
                .toList();
    }

    /** Of the same seed. */
    private static List<Double> ratios(List<Line> its, List<Line> bare) {
        return its.stream()
                .flatMap(line -> bare.stream()
                        .filter(other -> other.seed() == line.seed())
                        .map(other -> line.millis() / other.millis()))
                .toList();
    }
}
