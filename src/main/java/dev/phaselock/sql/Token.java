package dev.phaselock.sql;

/**
 * A token of SQL, as PostgreSQL's scanner cuts them.
 *
 * @param kind what it is
 * @param text as it is written
 * @param start where it begins, an offset into the string that was scanned
 */
public record Token(Kind kind, String text, int start) {

    /** What a token is, as far as anybody here needs to tell. */
    public enum Kind {
        /** {@code -- …} or {@code /* … *}{@code /}. */
        COMMENT,
        /** A word of PostgreSQL's own, reserved or not. */
        KEYWORD,
        /** {@code $1}. */
        PARAMETER,
        /** Names, constants, operators and punctuation. */
        OTHER
    }

    /** Whether it is this punctuation mark; a quoted name or a constant never is. */
    public boolean is(String mark) {
        return kind == Kind.OTHER && text.equals(mark);
    }
}
