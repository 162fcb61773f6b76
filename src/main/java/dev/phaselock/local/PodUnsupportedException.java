package dev.phaselock.local;

/** A pod asks for what a stand-in for a node does not do. The message says what. */
final class PodUnsupportedException extends Exception {
    private static final long serialVersionUID = 1;

    PodUnsupportedException(String message) {
        super(message);
    }
}
