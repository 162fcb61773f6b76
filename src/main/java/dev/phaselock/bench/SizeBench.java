package dev.phaselock.bench;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.phaselock.api.LocksSpec;
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
 * What a foreign key costs, from its beginning until it is valid, against the size of the table, while six writers are at
 * work: by a plain ALTER, by NOT VALID and VALIDATE by hand, and by the phases of Phaselock. The tables of a size are made
 * once; before each measurement the key is dropped, and read once so that all find the same in memory.
 */
public final class SizeBench {
    /** The fewest orders that the load works on. */
    public static final int LEAST = 2 * Load.OWN_ROWS;

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
    public SizeBench(List<Integer> sizes, List<Long> seeds, Database database, PrintWriter out) {
        this.sizes = List.copyOf(sizes);
        this.seeds = List.copyOf(seeds);
        this.database = database;
        this.out = out;
        sizes.forEach(SizeBench::sizes);
    }

    /** A way to a valid foreign key. */
    enum Way {
        PLAIN("plain ALTER"),
        BY_HAND("NOT VALID, VALIDATE"),
        PHASELOCK("Phaselock");

        private final String title;

        Way(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /**
     * One measurement.
     *
     * @param millis from the beginning until the key is valid; of Phaselock that is its Apply and its Validate, each with the
     *     sessions that it opens and what it plans, without the pods that it has in a cluster
     */
    record Line(
            int orders,
            Way way,
            long seed,
            String server,
            double millis,
            double longestWriteMillis,
            @JsonUnwrapped AttributedWaits.Seen attributed) {}

    /** Measures, and writes {@code sizes.jsonl}, {@code sizes.md} and {@code sizes.svg} into a folder. */
    public void run(Path folder) throws IOException, SQLException, InterruptedException {
        Files.createDirectories(folder);
        Path file = folder.resolve("sizes.jsonl");
        Files.writeString(file, "");
        String version = new BenchDatabase(database).version();
        for (int orders : sizes) {
            out.printf(Locale.ROOT, "makes %,d orders%n", orders);
            out.flush();
            new BenchDatabase(database).prepare(Scenario.WRITERS, sizes(orders));
            // The first is slower than all that follow, and counts for nobody.
            measure(orders, Way.PHASELOCK, 0, version);
            for (long seed : seeds) {
                List<Way> order = new ArrayList<>(List.of(Way.values()));
                Collections.shuffle(order, new Random(seed));
                for (Way way : order) {
                    Line line = measure(orders, way, seed, version);
                    lines.add(line);
                    Files.writeString(file, ResultJson.write(line) + "\n", StandardOpenOption.APPEND);
                    out.printf(
                            Locale.ROOT,
                            "  seed %d %-20s valid after %8.2f s; waits for it: longest %8.1f ms; longest write %8.1f ms%n",
                            seed,
                            way.title(),
                            line.millis() / 1000,
                            line.attributed().longestMillis(),
                            line.longestWriteMillis());
                    out.flush();
                }
            }
            SizeReport.write(folder, lines);
        }
    }

    private static Tables.Sizes sizes(int orders) {
        return new Tables.Sizes(orders, Math.max(LEAST, orders / 10));
    }

    private Line measure(int orders, Way way, long seed, String version) throws SQLException, InterruptedException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted");
            statement.execute("SELECT count(*) FROM orders LEFT JOIN customers ON customers.id = orders.customer_id");
            statement.execute("CHECKPOINT");
        }
        PhaselockPolicy phaselock = new PhaselockPolicy(
                PhaselockPolicy.CHANGE, database.url(), Ddl.FOREIGN_KEY.change(Tables.BUSY), LocksSpec.DEFAULT);
        System.gc();
        Load load = Load.start(database, LoadShape.WRITERS, sizes(orders), seed);
        AttributedWaits.Seen attributed;
        long from;
        long to;
        try (load;
                AttributedWaits waits = AttributedWaits.start(database.jdbcUrl())) {
            Pause.of(Trial.BEFORE);
            from = System.nanoTime();
            switch (way) {
                case PLAIN -> byHand(Ddl.FOREIGN_KEY.sql(Tables.BUSY));
                case BY_HAND ->
                    byHand(Ddl.FOREIGN_KEY.notValid(Tables.BUSY), "ALTER TABLE orders VALIDATE CONSTRAINT wanted");
                case PHASELOCK -> phaselock.runAll();
            }
            to = System.nanoTime();
            Pause.of(Trial.AFTER);
            waits.close();
            attributed = waits.seen();
        }
        Measurement.Felt felt = Measurement.Felt.of(load.between(from, to + Trial.AFTER.toNanos()));
        return new Line(orders, way, seed, version, (to - from) / 1e6, felt.longestMillis(), attributed);
    }

    private void byHand(String... statements) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl() + "&ApplicationName=" + AttributedWaits.POLICY);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
