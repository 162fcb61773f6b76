package dev.phaselock.convert;

import dev.phaselock.sql.SqlPosition;

/** A statement that is no change of a SchemaChange; the message says why, and what to do. */
public final class InconvertibleException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient SqlPosition position;

    InconvertibleException(SqlPosition position, String message) {
        super(message);
        this.position = position;
    }

    /** Where the statement begins. */
    public SqlPosition position() {
        return position;
    }
}
