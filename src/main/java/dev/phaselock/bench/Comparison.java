package dev.phaselock.bench;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What one policy did beside another with the same seed: only such pairs are compared. */
final class Comparison {
    private Comparison() {}

    /** For each seed in which both got the lock: how many times as long it took. */
    static List<Double> acquiredRatios(List<Measurement> its, List<Measurement> all, Policy other) {
        return its.stream()
                .flatMap(measurement -> ofSeed(all, other, measurement)
                        .flatMap(beside -> ratio(
                                measurement.ending().acquiredMillis(),
                                beside.ending().acquiredMillis()))
                        .stream())
                .toList();
    }

    /** For each seed: by how many milliseconds the longest write was longer. */
    static List<Double> longestWriteDifferences(List<Measurement> its, List<Measurement> all, Policy other) {
        return its.stream()
                .flatMap(measurement -> ofSeed(all, other, measurement)
                        .map(beside -> measurement.longestWriteMillis() - beside.longestWriteMillis())
                        .stream())
                .toList();
    }

    private static Optional<Double> ratio(Double one, Double other) {
        return one == null || other == null || other == 0 ? Optional.empty() : Optional.of(one / other);
    }

    private static Optional<Measurement> ofSeed(List<Measurement> all, Policy policy, Measurement like) {
        Stream<Measurement> same = all.stream()
                .filter(measurement -> measurement.seed() == like.seed()
                        && measurement.scenario().equals(like.scenario())
                        && measurement.policy().equals(policy.key()));
        return same.findFirst();
    }
}
