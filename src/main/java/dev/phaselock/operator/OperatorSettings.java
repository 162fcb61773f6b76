package dev.phaselock.operator;

import java.time.Duration;

/**
 * How an operator is set up.
 *
 * @param image the image of the Jobs' container, whose entrypoint takes the argument {@code phase}
 * @param maxRunningPhases how many Jobs may run at once
 * @param maxRunningPhasesPerDatabase how many of them with the same Secret of the same namespace
 * @param jobTimeToLive for how long a finished Job stays once its result is in the status
 */
public record OperatorSettings(
        String image, int maxRunningPhases, int maxRunningPhasesPerDatabase, Duration jobTimeToLive) {
    public OperatorSettings {
        if (image.isBlank()) {
            throw new IllegalArgumentException("phaselock.image is empty");
        }
        if (maxRunningPhases < 1 || maxRunningPhasesPerDatabase < 1) {
            throw new IllegalArgumentException(
                    "phaselock.max-running-phases and phaselock.max-running-phases-per-database must be 1 at least");
        }
    }
}
