package dev.phaselock.postgres;

import dev.phaselock.change.AddColumn;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tries what makes or alters a column on a temporary table, and reads whether the server wrote the table anew. */
final class ColumnProbes {
    private static final String TEMPORARY = "c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = ";

    private final Connection connection;
    private final String searchPath;
    private final Identifier table;
    private final String columns;

    /**
     * @param searchPath by which the change's names are found
     * @param table of the temporary table: that of the table itself, for expressions may qualify columns with it
     * @param columns definitions of its columns
     */
    ColumnProbes(Connection connection, String searchPath, Identifier table, String columns) {
        this.connection = connection;
        this.searchPath = searchPath;
        this.table = table;
        this.columns = columns;
    }

    /** @param type with its modifiers, as the server writes it */
    private record Found(String type, @Nullable String collation, String expression, boolean filled, long file) {}

    Probe add(AddColumn change) throws SQLException {
        List<Long> files = new ArrayList<>();
        List<Found> found = new ArrayList<>();
        read(
                        new MultiStatement()
                                .add("CREATE TABLE pg_temp." + table.quoted() + " (" + columns + ")")
                                .add("SET LOCAL search_path = " + searchPath)
                                .query(
                                        "SELECT c.relfilenode AS file FROM pg_catalog.pg_class AS c WHERE " + TEMPORARY
                                                + Literals.quote(table.name()),
                                        row -> files.add(row.getLong("file")))
                                .add(statement(change, change.type(), change.expression())),
                        change.name(),
                        found)
                .run(connection);
        Found first = found.getFirst();
        Set<String> forms = new HashSet<>(Set.of(first.expression()));
        boolean rewritten = first.file() != files.getFirst();
        // What is written anew is refused; and of a serial column the sequence goes with the column.
        if (!first.expression().isEmpty() && !rewritten) {
            // As of a check: what it reads again it may write down otherwise.
            read(
                            new MultiStatement()
                                    .add("ALTER TABLE pg_temp." + table.quoted() + " DROP COLUMN "
                                            + change.name().quoted())
                                    .add(statement(change, first.type(), first.expression())),
                            change.name(),
                            found)
                    .run(connection);
            forms.add(found.getLast().expression());
        }
        new MultiStatement().add("DROP TABLE pg_temp." + table.quoted()).run(connection);
        return new Probe.Altered(first.type(), first.collation(), forms, rewritten, first.filled(), List.of());
    }

    private String statement(AddColumn change, String type, @Nullable String expression) {
        return "ALTER TABLE pg_temp." + table.quoted() + " ADD COLUMN "
                + change.name().quoted() + " " + change.definition(type, expression);
    }

    private MultiStatement read(MultiStatement statement, Identifier column, List<Found> found) {
        return statement
                .add("SET LOCAL search_path = ''")
                .query(
                        """
                SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
                       pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname) AS collation,
                       coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') AS expression,
                       a.atthasmissing AS filled, c.relfilenode AS file
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
                LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
                LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
                WHERE a.attname = %s AND %s%s""".formatted(Literals.quote(column.name()), TEMPORARY, Literals.quote(table.name())),
                        row -> found.add(new Found(
                                row.getString("type"),
                                row.getString("collation"),
                                row.getString("expression"),
                                row.getBoolean("filled"),
                                row.getLong("file"))));
    }
}
