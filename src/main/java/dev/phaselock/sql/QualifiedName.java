package dev.phaselock.sql;

import org.jspecify.annotations.Nullable;

/**
 * The name of a relation, with or without its schema.
 *
 * @param schema null when it is to be looked for in the schemas of the search path
 */
public record QualifiedName(@Nullable Identifier schema, Identifier name) {

    /** A name of the catalog, as it stands there. */
    public static QualifiedName of(String schema, String name) {
        return new QualifiedName(new Identifier(schema), new Identifier(name));
    }

    /**
     * Reads {@code name} or {@code schema.name} as PostgreSQL would.
     *
     * @throws InvalidSqlException when the text is neither
     */
    public static QualifiedName parse(String text) {
        Identifier.Scanner scanner = new Identifier.Scanner(text);
        Identifier first = scanner.identifier();
        Identifier second = scanner.dot() ? scanner.identifier() : null;
        if (!scanner.atEnd()) {
            throw scanner.invalid();
        }
        return second == null ? new QualifiedName(null, first) : new QualifiedName(first, second);
    }

    /** With quotes, as it goes into a statement. */
    public String quoted() {
        return schema == null ? name.quoted() : schema.quoted() + "." + name.quoted();
    }

    /** For people: without quotes. */
    @Override
    public String toString() {
        return schema == null ? name.value() : schema.value() + "." + name.value();
    }
}
