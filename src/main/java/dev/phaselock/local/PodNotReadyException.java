package dev.phaselock.local;

/** A pod cannot start yet: something that it needs is not there, and may come. */
final class PodNotReadyException extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    /**
     * @param reason of the container's waiting state, as a kubelet gives it
     * @param message for people
     */
    PodNotReadyException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
