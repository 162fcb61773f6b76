package dev.phaselock.bench;

import java.util.Collection;
import java.util.List;

/**
 * Of some numbers.
 *
 * @param least the smallest
 * @param median the middle one, or the mean of the two in the middle
 * @param most the largest
 */
record Statistics(double least, double median, double most) {
    /** @throws IllegalArgumentException without a number */
    static Statistics of(Collection<Double> numbers) {
        if (numbers.isEmpty()) {
            throw new IllegalArgumentException("no numbers");
        }
        List<Double> sorted = numbers.stream().sorted().toList();
        double median = (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
        return new Statistics(sorted.getFirst(), median, sorted.getLast());
    }

    /**
     * The number that a share of them does not exceed (nearest rank).
     *
     * @param numbers not empty
     * @param share from 0 to 1
     */
    static double percentile(Collection<Double> numbers, double share) {
        List<Double> sorted = numbers.stream().sorted().toList();
        int rank = (int) Math.ceil(share * sorted.size());
        return sorted.get(Math.clamp(rank - 1, 0, sorted.size() - 1));
    }
}
