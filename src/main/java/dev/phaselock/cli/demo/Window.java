package dev.phaselock.cli.demo;

import java.util.List;

/**
 * What the writers felt in one window of the demonstration.
 *
 * @param name for people
 * @param from when it began, nanoseconds
 * @param writes those that began in it
 * @param owedMillis the longest wait of a writer for the schema change's own sessions
 */
record Window(String name, long from, long nanos, List<Load.Write> writes, long owedMillis) {
    double longestMillis() {
        return writes.stream().mapToLong(Load.Write::nanos).max().orElse(0) / 1e6;
    }

    double percentileMillis(double percentile) {
        long[] sorted = writes.stream().mapToLong(Load.Write::nanos).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * percentile)] / 1e6;
    }

    /** What all writes took above 20 ms, added up. */
    double overTwentyMillis() {
        return writes.stream()
                        .mapToLong(write -> Math.max(0, write.nanos() - 20_000_000))
                        .sum()
                / 1e6;
    }
}
