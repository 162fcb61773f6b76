package dev.phaselock.operator;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as statuses write them. */
final class Times {
    private Times() {}

    /** To the second, as Kubernetes writes its own. */
    static Instant now(Observation observation) {
        return observation.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
