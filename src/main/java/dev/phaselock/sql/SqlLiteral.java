package dev.phaselock.sql;

/** String literals. */
public final class SqlLiteral {
    private SqlLiteral() {}

    /** As a literal that means the same whatever {@code standard_conforming_strings} says. */
    public static String quote(String value) {
        String doubled = value.replace("'", "''");
        return doubled.indexOf('\\') < 0 ? "'" + doubled + "'" : " E'" + doubled.replace("\\", "\\\\") + "'";
    }
}
