package dev.phaselock.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of the benchmarks that go by the size of a table. */
final class SizesOptions {
    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "NUMBER",
            defaultValue = "11,23,37",
            description = "One repetition for each; ${DEFAULT-VALUE} when left out.")
    private List<Long> seeds;

    @Option(
            names = "--versions",
            paramLabel = "13…18",
            defaultValue = "17",
            description = "Of PostgreSQL; ${DEFAULT-VALUE} when left out.")
    private int version;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where the results go, as JSON lines, a table and plots; target/bench when left out.")
    private Path out;

    List<Long> seeds() {
        return seeds;
    }

    int version() {
        return version;
    }

    Path results(Home home) {
        return (out == null ? home.resolve("target/bench") : out).toAbsolutePath();
    }
}
