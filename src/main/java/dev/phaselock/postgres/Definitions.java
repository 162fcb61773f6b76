package dev.phaselock.postgres;

import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Columns as the definition of a temporary table that has the same: their types and collations, and nothing else. */
final class Definitions {
    private Definitions() {}

    /** All columns of a table, by their names. */
    static String of(Table table) {
        return table.columns().stream()
                .map(column -> of(new Identifier(column.name()), column))
                .collect(Collectors.joining(", "));
    }

    /** Those of the names; none when one is not there. */
    static List<Column> columns(@Nullable Table table, List<Identifier> names) {
        if (table == null) {
            return List.of();
        }
        List<Column> columns = names.stream()
                .flatMap(name -> table.column(name.name()).stream())
                .toList();
        return columns.size() == names.size() ? columns : List.of();
    }

    /** By the names {@code c0}, {@code c1}, … in that order. */
    static String numbered(List<Column> columns) {
        return IntStream.range(0, columns.size())
                .mapToObj(i -> of(new Identifier("c" + i), columns.get(i)))
                .collect(Collectors.joining(", "));
    }

    /** One column, under another name. */
    static String of(Identifier name, Column column) {
        return name.quoted() + " " + column.type()
                + (column.collation() == null ? "" : " COLLATE " + column.collation());
    }
}
