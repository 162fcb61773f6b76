package dev.phaselock.sql;

/** A text that is not the SQL identifier or qualified name that it should be. The message names the text and says why. */
public final class InvalidIdentifierException extends RuntimeException {
    InvalidIdentifierException(String text, String why) {
        super("not an SQL name: %s: %s".formatted(Text.excerpt(text), why));
    }
}
