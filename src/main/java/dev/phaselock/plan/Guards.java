package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Literals;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * SQL expressions that are checked under the locks of a brief step: that what was planned for is what is there. They
 * stand in a dollar-quoted block, so a dollar sign in a name is written as an escape.
 */
final class Guards {
    private Guards() {}

    /** All of the expressions; null when there is none. */
    static @Nullable String all(@Nullable String... expressions) {
        return Stream.of(expressions)
                .filter(Objects::nonNull)
                .reduce((one, other) -> one + "\nAND " + other)
                .orElse(null);
    }

    /** Likewise, of those tables that have any or can have any partitions; null when none has. */
    static @Nullable String sameDescendants(int major, Table... tables) {
        return all(Stream.of(tables)
                .filter(table -> table.partitioned() || !table.descendants().isEmpty())
                .distinct()
                .map(table -> sameDescendants(table, major))
                .toArray(String[]::new));
    }

    /**
     * That a table has the partitions or inheritance children that were planned for: a new one would be locked without
     * having been planned.
     */
    private static String sameDescendants(Table table, int major) {
        // A partition that is being detached concurrently (from 14 on) is none any more.
        String attached = major >= 14 ? " WHERE NOT i.inhdetachpending" : "";
        return """
                (WITH RECURSIVE tree (oid) AS (
                    SELECT %d::pg_catalog.oid
                    UNION
                    SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid%s)
                  SELECT pg_catalog.array_agg(tree.oid ORDER BY tree.oid) FROM tree) = %s""".formatted(
                        table.relation().oid(),
                        attached,
                        oids(Stream.concat(Stream.of(table), table.descendants().stream())
                                .toList()));
    }

    /** That tables have no other indexes, checks, foreign keys and exclusion constraints than those that are known. */
    static String sameIndexesAndConstraints(List<Table> tables) {
        List<String> known = tables.stream()
                .flatMap(table -> Stream.concat(
                                table.indexes().stream().map(Index::name),
                                table.constraints().stream()
                                        .filter(constraint -> "cfx".indexOf(constraint.kind()) >= 0)
                                        .map(CatalogFacts.Constraint::name))
                        .map(name -> table.relation().oid() + " " + name))
                .distinct()
                .sorted()
                .toList();
        return """
                NOT EXISTS (
                    SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                    WHERE i.indrelid = ANY (%1$s)
                      AND i.indrelid || ' ' || c.relname <> ALL (%2$s)
                    UNION ALL
                    SELECT FROM pg_catalog.pg_constraint AS c
                    WHERE c.conrelid = ANY (%1$s) AND c.contype IN ('c', 'f', 'x')
                      AND c.conrelid || ' ' || c.conname <> ALL (%2$s))""".formatted(oids(tables), names(known));
    }

    static String oids(List<Table> tables) {
        return tables.stream()
                .map(table -> table.relation().oid())
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(",", "'{", "}'::pg_catalog.oid[]"));
    }

    static String names(List<String> names) {
        return names.stream().map(Guards::literal).collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.text[]"));
    }

    static String literal(String value) {
        if (value.indexOf('$') < 0) {
            return Literals.quote(value);
        }
        return "E'" + value.replace("\\", "\\\\").replace("'", "''").replace("$", "\\x24") + "'";
    }
}
