package dev.phaselock.sql;

import org.jspecify.annotations.Nullable;

/** A text that PostgreSQL's parser does not take. The message is PostgreSQL's own and says where. */
public final class SqlSyntaxException extends RuntimeException {
    private final String reason;
    private final @Nullable SqlPosition position;

    SqlSyntaxException(String reason, @Nullable SqlPosition position) {
        super(position == null ? reason : "%s (%s)".formatted(reason, position));
        this.reason = reason;
        this.position = position;
    }

    /** PostgreSQL's message, such as {@code syntax error at or near "TABEL"}. */
    public String reason() {
        return reason;
    }

    /**
     * Where it is; just behind the text when the text ends too early. Null when only the text near it is known, which is
     * in the reason then.
     */
    public @Nullable SqlPosition position() {
        return position;
    }
}
