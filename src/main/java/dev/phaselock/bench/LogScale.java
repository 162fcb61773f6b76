package dev.phaselock.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Milliseconds from a tenth to the power of ten that holds all of them, on a logarithmic scale: what matters here goes from
 * a fraction of a millisecond to half a minute.
 *
 * @param from where a tenth of a millisecond stands
 * @param to where the end of the scale stands
 * @param decades how many powers of ten there are
 */
record LogScale(double from, double to, int decades) {
    private static final double LEAST = 0.1;

    /** @param most the largest that has to stand on it, milliseconds */
    static LogScale of(double most, double from, double to) {
        return new LogScale(from, to, Math.max(2, (int) Math.ceil(Math.log10(Math.max(most, LEAST) / LEAST))));
    }

    /** Where a number stands; less than a tenth stands at its beginning. */
    double at(double millis) {
        double part = Math.log10(Math.max(millis, LEAST) / LEAST) / decades;
        return from + Math.min(1, part) * (to - from);
    }

    /** The powers of ten, milliseconds. */
    List<Double> ticks() {
        return IntStream.rangeClosed(0, decades)
                .mapToObj(power -> LEAST * Math.pow(10, power))
                .toList();
    }

    /** {@code 10 ms}, {@code 1 s}. */
    static String label(double millis) {
        return millis >= 999
                ? Math.round(millis / 1000) + " s"
                : millis >= 0.99 ? Math.round(millis) + " ms" : "0.1 ms";
    }
}
