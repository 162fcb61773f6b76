package dev.phaselock.sql;

import org.jspecify.annotations.Nullable;

/**
 * The name of a relation, with or without its schema.
 *
 * @param schema the schema; null when the name is unqualified and the search path decides
 * @param name the relation's own name
 */
public record QualifiedName(@Nullable Identifier schema, Identifier name) {

    /** A name from the catalog: nothing is folded or cut. */
    public static QualifiedName of(String schema, String name) {
        return new QualifiedName(new Identifier(schema), new Identifier(name));
    }

    /**
     * Reads {@code name} or {@code schema.name}, each part as {@link Identifier#parse} does. White space around the dot
     * is ignored, as in PostgreSQL.
     *
     * @throws InvalidIdentifierException if the text is not exactly that; also for three parts, as no statement reaches
     *     into another database
     */
    public static QualifiedName parse(String text) {
        IdentifierScanner scanner = new IdentifierScanner(text);
        Identifier first = scanner.next();
        if (!scanner.skipDot()) {
            scanner.requireEnd();
            return new QualifiedName(null, first);
        }
        Identifier second = scanner.next();
        scanner.requireEnd();
        return new QualifiedName(first, second);
    }

    /** As it is written in SQL, each part quoted. */
    public String quoted() {
        return schema == null ? name.quoted() : schema.quoted() + '.' + name.quoted();
    }

    /** For people. Not for SQL. */
    @Override
    public String toString() {
        return schema == null ? name.toString() : schema + "." + name;
    }
}
