package dev.phaselock.sql;

/**
 * The name of a table, column or constraint, as PostgreSQL's catalog has it.
 *
 * @param name the name, folded and without quotes; not empty, without NUL, well-formed Unicode
 */
public record Identifier(String name) {

    /** {@code NAMEDATALEN - 1}: PostgreSQL cuts longer names. */
    public static final int MAX_BYTES = 63;

    /** @throws InvalidIdentifierException if no PostgreSQL catalog can hold the name */
    public Identifier {
        if (name.isEmpty()) {
            throw new InvalidIdentifierException(name, "a name cannot be empty");
        }
        IdentifierScanner.requireStorable(name);
    }

    /**
     * Reads an identifier as PostgreSQL does: unquoted, ASCII letters fold to lower case and nothing else does; quoted,
     * all stays and {@code ""} means one quote; both are cut to {@value #MAX_BYTES} bytes of UTF-8 at a character's
     * boundary. White space around it is ignored. Reserved words are fine, as {@link #quoted()} always quotes. The
     * {@code U&"…"} form is not known here.
     *
     * <p>Source: scan.l, scansup.c (downcase_identifier, truncate_identifier) for a database in UTF-8; in one with a
     * single-byte encoding PostgreSQL itself also folds other letters of an unquoted name: quote it there.
     *
     * @throws InvalidIdentifierException if the text is not exactly one identifier
     */
    public static Identifier parse(String text) {
        IdentifierScanner scanner = new IdentifierScanner(text);
        Identifier identifier = scanner.next();
        scanner.requireEnd();
        return identifier;
    }

    /** As it is written in SQL: always in double quotes, so that no name means anything but itself. */
    public String quoted() {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** For people: in quotes only where folding or the grammar of names would make another name of it. Not for SQL. */
    @Override
    public String toString() {
        return IdentifierScanner.isPlain(name) ? name : quoted();
    }
}
