package dev.phaselock.local;

import java.time.Instant;
import java.util.Optional;

/**
 * How a pod ended.
 *
 * @param succeeded whether its phase is Succeeded, else Failed
 * @param reason why the pod was ended from outside, one word; empty when its container ended by itself
 * @param message the same for people
 * @param container how its container ended; empty when it never started or nobody saw its end
 */
record PodEnd(boolean succeeded, String reason, String message, Optional<ContainerEnd> container) {
    /**
     * How a container ended.
     *
     * @param exitCode 128 and the number of the signal when one ended it
     * @param reason Completed, Error or StartError
     * @param message its termination message; may be empty
     * @param started when it began
     * @param finished when it ended
     */
    record ContainerEnd(int exitCode, String reason, String message, Instant started, Instant finished) {}

    /** The container ended by itself or was told to. */
    static PodEnd of(ContainerEnd container) {
        return new PodEnd(container.exitCode() == 0, "", "", Optional.of(container));
    }

    /** The pod ran longer than it may; the words are a kubelet's. */
    static PodEnd deadlineExceeded(Optional<ContainerEnd> container) {
        return new PodEnd(
                false, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline", container);
    }

    /** Nobody knows how, or it never started. */
    static PodEnd lost(String reason, String message) {
        return new PodEnd(false, reason, message, Optional.empty());
    }

    String phase() {
        return succeeded ? "Succeeded" : "Failed";
    }
}
