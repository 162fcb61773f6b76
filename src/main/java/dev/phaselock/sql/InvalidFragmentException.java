package dev.phaselock.sql;

/** A text that is not exactly the one fragment of SQL that it should be. The message says what is wrong, and where. */
public final class InvalidFragmentException extends RuntimeException {
    InvalidFragmentException(String kind, String text, String why) {
        super("not exactly one SQL %s: %s: %s".formatted(kind, why, Text.excerpt(text)));
    }
}
