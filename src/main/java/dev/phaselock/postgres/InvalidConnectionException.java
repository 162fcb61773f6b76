package dev.phaselock.postgres;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;

/** What is known of the connection cannot be used: a key of the Secret is missing, a URL is none, two sources disagree. */
public final class InvalidConnectionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** @param message for people, without passwords and without the URL */
    InvalidConnectionException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    public Failure failure() {
        return new Failure(Outcome.REFUSED, reason, getMessage(), null);
    }
}
