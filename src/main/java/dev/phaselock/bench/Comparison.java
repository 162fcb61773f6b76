package dev.phaselock.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** What one policy did beside another with the same seed: only such pairs are compared. */
final class Comparison {
    private Comparison() {}

    /**
     * How many times as long it took to get the lock, all seeds in which both got it together: of single ones the ratio
     * says nothing where the lock was free at once. Empty when there is no such seed.
     */
    static OptionalDouble acquiredRatio(List<Measurement> its, List<Measurement> all, Policy other) {
        double mine = 0;
        double others = 0;
        for (Measurement measurement : its) {
            Double one = measurement.ending().acquiredMillis();
            Double beside = ofSeed(all, other, measurement)
                    .map(same -> same.ending().acquiredMillis())
                    .orElse(null);
            if (one != null && beside != null) {
                mine += one;
                others += beside;
            }
        }
        return others == 0 ? OptionalDouble.empty() : OptionalDouble.of(mine / others);
    }

    /** For each seed: by how many milliseconds the longest write was longer. */
    static List<Double> longestWriteDifferences(List<Measurement> its, List<Measurement> all, Policy other) {
        return its.stream()
                .flatMap(measurement -> ofSeed(all, other, measurement)
                        .map(beside -> measurement.longestWriteMillis() - beside.longestWriteMillis())
                        .stream())
                .toList();
    }

    private static Optional<Measurement> ofSeed(List<Measurement> all, Policy policy, Measurement like) {
        Stream<Measurement> same = all.stream()
                .filter(measurement -> measurement.seed() == like.seed()
                        && measurement.scenario().equals(like.scenario())
                        && measurement.policy().equals(policy.key()));
        return same.findFirst();
    }
}
