package dev.phaselock.sql;

/** A piece of SQL that a person wrote is not what it must be. The message says what is wrong, and quotes the piece. */
public final class InvalidSqlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidSqlException(String message) {
        super(message);
    }
}
