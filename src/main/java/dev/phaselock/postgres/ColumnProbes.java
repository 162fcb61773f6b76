package dev.phaselock.postgres;

import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AlterType;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tries what makes or alters a column on a temporary table, and reads whether the server wrote the table anew. */
final class ColumnProbes {
    private static final String TEMPORARY = "c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = ";

    /** Of tables, that fire for an UPDATE of all columns or of this one; those of a foreign key do not mind it. */
    private static final String UPDATE_TRIGGERS = """
            o.tgrelid = ANY (%1$s::pg_catalog.oid[]) AND NOT o.tgisinternal AND o.tgenabled IN ('O', 'A')
            AND o.tgtype & 16 <> 0
            AND (o.tgattr = ''::pg_catalog.int2vector OR EXISTS (
              SELECT FROM pg_catalog.pg_attribute AS a
              WHERE a.attrelid = o.tgrelid AND a.attname = %2$s AND a.attnum = ANY (o.tgattr)))""";

    private static final String UPDATE_RULES =
            "o.ev_class = ANY (%1$s::pg_catalog.oid[]) AND o.ev_type = '2' AND o.ev_enabled IN ('O', 'A')";

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

    /** A relation and the file that has its rows. */
    private record Files(long oid, long file) {
        static Files of(ResultSet row) throws SQLException {
            return new Files(row.getLong("oid"), row.getLong("file"));
        }
    }

    /** @param tables the table and all that inherits from it, by oid */
    Probe.Altered add(AddColumn change, List<Long> tables) throws SQLException {
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
        Probe.Filling filling = null;
        if (rewritten && change.defaultExpression() != null && fillable(change, found)) {
            forms.add(found.getLast().expression());
            filling = new Probe.Filling(
                    described("pg_trigger", UPDATE_TRIGGERS, tables, change.name()),
                    described("pg_rewrite", UPDATE_RULES, tables, change.name()));
        }
        new MultiStatement().add("DROP TABLE pg_temp." + table.quoted()).run(connection);
        return new Probe.Altered(first.type(), first.collation(), forms, rewritten, first.filled(), List.of(), filling);
    }

    /** Whether nothing is written anew where the default is set by itself; also how that is written down read again. */
    private boolean fillable(AddColumn change, List<Found> found) throws SQLException {
        String drop = "ALTER TABLE pg_temp." + table.quoted() + " DROP COLUMN "
                + change.name().quoted();
        String alter = "ALTER TABLE pg_temp." + table.quoted() + " ";
        Found before = found.getLast();
        read(
                        new MultiStatement()
                                .add(drop)
                                .add("SET LOCAL search_path = " + searchPath)
                                .add(alter
                                        + change.unfilled(
                                                change.type(), Objects.requireNonNull(change.defaultExpression()))),
                        change.name(),
                        found)
                .run(connection);
        if (found.getLast().file() != before.file()) {
            return false;
        }
        read(
                        new MultiStatement().add(drop).add(alter + change.unfilled(before.type(), before.expression())),
                        change.name(),
                        found)
                .run(connection);
        return true;
    }

    private List<String> described(String catalog, String which, List<Long> tables, Identifier column)
            throws SQLException {
        List<String> described = new ArrayList<>();
        String oids = tables.stream().map(String::valueOf).collect(Collectors.joining(",", "'{", "}'"));
        new MultiStatement()
                .query(
                        "SELECT pg_catalog.pg_describe_object('pg_catalog." + catalog
                                + "'::pg_catalog.regclass, o.oid, 0) AS object FROM pg_catalog." + catalog
                                + " AS o WHERE " + which.formatted(oids, Literals.quote(column.name())) + " ORDER BY 1",
                        row -> described.add(row.getString("object")))
                .run(connection);
        return described;
    }

    /**
     * Under a time zone that is none of UTC's: between timestamps with and without one the rows would stay as they are only
     * where the session's is UTC, and what they say would change.
     *
     * @param indexes of the table and of all that inherits from it
     * @param partitioned the definitions of those of partitioned tables: where the server makes one anew it builds those of
     *     the partitions, too, whose files it would keep otherwise (measured, AlterTypeIT)
     */
    Probe alter(AlterType change, List<Index> indexes, Set<String> partitioned) throws SQLException {
        String temporary = "pg_temp." + table.quoted();
        Map<String, String> definitions = new LinkedHashMap<>();
        indexes.forEach(index -> definitions.putIfAbsent(index.definition(), "phaselock_" + definitions.size()));
        MultiStatement statement = new MultiStatement()
                .add("CREATE TABLE " + temporary + " (" + columns + ")")
                .add("SET LOCAL search_path = ''");
        Set<String> unique =
                indexes.stream().filter(Index::unique).map(Index::definition).collect(Collectors.toSet());
        definitions.forEach(
                (definition, name) -> statement.add("CREATE " + (unique.contains(definition) ? "UNIQUE " : "")
                        + "INDEX " + name + " ON " + temporary + " " + definition));
        Map<String, Files> before = new HashMap<>();
        Map<String, Files> after = new HashMap<>();
        String files =
                "SELECT c.relname AS name, c.relfilenode AS file, c.oid::pg_catalog.int8 AS oid FROM pg_catalog.pg_class AS c WHERE ("
                        + TEMPORARY
                        + Literals.quote(table.name())
                        + ") OR c.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i"
                        + " JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid WHERE " + TEMPORARY
                        + Literals.quote(table.name())
                        + ")";
        List<Found> found = new ArrayList<>();
        statement
                .add("SET LOCAL search_path = " + searchPath)
                .add("SET LOCAL TimeZone = 'XXX5'")
                .query(files, row -> before.put(row.getString("name"), Files.of(row)))
                .add("ALTER TABLE " + temporary + " " + change.action(change.type()))
                .query(files, row -> after.put(row.getString("name"), Files.of(row)));
        read(statement, change.column(), found)
                .add("DROP TABLE " + temporary)
                .add("RESET TimeZone")
                .run(connection);
        Found first = found.getFirst();
        return new Probe.Altered(
                first.type(),
                first.collation(),
                Set.of(first.expression()),
                before.get(table.name()).file() != after.get(table.name()).file(),
                first.filled(),
                definitions.entrySet().stream()
                        .filter(index -> {
                            Files old = before.get(index.getValue());
                            Files now = after.get(index.getValue());
                            return old.file() != now.file()
                                    || (old.oid() != now.oid() && partitioned.contains(index.getKey()));
                        })
                        .map(Map.Entry::getKey)
                        .toList());
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
