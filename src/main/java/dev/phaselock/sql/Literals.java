package dev.phaselock.sql;

/** String constants in SQL. */
public final class Literals {
    private Literals() {}

    /**
     * A string as an SQL constant that means the same whatever {@code standard_conforming_strings} and {@code
     * backslash_quote} are: with a backslash in it, the form {@code E'…'}.
     *
     * @throws IllegalArgumentException if it holds a NUL or is not well-formed Unicode, which PostgreSQL has no text for
     */
    public static String quote(String value) {
        if (Text.firstUnstorable(value) >= 0) {
            throw new IllegalArgumentException("no PostgreSQL text: %s".formatted(Text.excerpt(value)));
        }
        String quoted = '\'' + value.replace("'", "''") + '\'';
        return quoted.indexOf('\\') < 0 ? quoted : 'E' + quoted.replace("\\", "\\\\");
    }
}
