package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import java.util.Collection;
import java.util.stream.Collectors;

/** Names of the catalog as people and statements write them. */
final class Names {
    private Names() {}

    /** For a message. */
    static String shown(String name) {
        return new Identifier(name).toString();
    }

    /** For a message, {@code a, b}. */
    static String shown(Collection<String> names) {
        return names.stream().map(Names::shown).collect(Collectors.joining(", "));
    }

    /** For a statement. */
    static String quoted(String name) {
        return new Identifier(name).quoted();
    }

    /** For a statement, {@code "a", "b"}. */
    static String quoted(Collection<String> names) {
        return names.stream().map(Names::quoted).collect(Collectors.joining(", "));
    }

    static String schema(Table table) {
        Identifier schema = table.name().schema();
        if (schema == null) {
            throw new IllegalArgumentException("a name of the catalog has a schema: " + table.name());
        }
        return schema.name();
    }
}
