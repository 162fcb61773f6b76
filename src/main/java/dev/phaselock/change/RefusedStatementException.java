package dev.phaselock.change;

/** A statement that is not run as it is; the message says why, and what to do. */
public final class RefusedStatementException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedStatementException(String message) {
        super(message);
    }
}
