package dev.phaselock.sql;

/** String constants in SQL. */
public final class Literals {
    private Literals() {}

    /** A string as an SQL constant that means the same whatever {@code standard_conforming_strings} is. */
    public static String quote(String value) {
        String quoted = '\'' + value.replace("'", "''") + '\'';
        return quoted.indexOf('\\') < 0 ? quoted : 'E' + quoted.replace("\\", "\\\\");
    }
}
