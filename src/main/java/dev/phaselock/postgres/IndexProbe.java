package dev.phaselock.postgres;

import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tries an index, or a constraint that is made of one, on a temporary table, and reads what the server made of it. */
final class IndexProbe {
    private static final String NAME = "phaselock_probe";
    private static final String NOT_SUPPORTED = "0A000";

    private final Connection connection;
    private final String searchPath;
    private final Identifier table;
    private final String columns;
    private final long partitioned;

    /**
     * @param searchPath by which the change's names are found
     * @param table of the same name as the table, for expressions may qualify columns with it
     * @param columns definitions of all of the table's columns
     * @param partitioned the table's oid when it is partitioned, then the temporary one is so too; or 0
     */
    IndexProbe(Connection connection, String searchPath, Identifier table, String columns, long partitioned) {
        this.connection = connection;
        this.searchPath = searchPath;
        this.table = table;
        this.columns = columns;
        this.partitioned = partitioned;
    }

    /** What it was found to be. */
    private static final class Found {
        private final Set<String> forms = new HashSet<>();
        private @Nullable List<String> names;
        private List<String> keys = List.of();
        private @Nullable String predicate;
        private @Nullable String constraint;

        private Probe.Built built() throws SQLException {
            if (names == null) {
                throw new SQLException("the index that was tried is not there");
            }
            return new Probe.Built(forms, names, keys, predicate, constraint);
        }
    }

    /** @param definition what stands behind the table's name */
    Probe ofIndex(boolean unique, String definition) throws SQLException {
        String create = "CREATE " + (unique ? "UNIQUE " : "") + "INDEX " + NAME + " ON pg_temp." + table.quoted() + " ";
        Found found = new Found();
        read(begin().add(create + definition), found)
                .add("DROP INDEX pg_temp." + NAME)
                .run(connection);
        // What the server writes down it may write down otherwise once it has read it: so an index of a restored
        // database looks.
        Probe.Built first = found.built();
        if (unique) {
            requirePartitionKeys(first);
        }
        read(new MultiStatement().add(create + first.forms().iterator().next()), found)
                .add("DROP TABLE pg_temp." + table.quoted())
                .run(connection);
        return new Probe.Built(found.forms, first.names(), first.keys(), first.predicate(), null);
    }

    /** @param definition of the constraint, as it stands behind its name */
    Probe.Built ofConstraint(String definition) throws SQLException {
        Found found = new Found();
        read(begin().add("ALTER TABLE pg_temp." + table.quoted() + " ADD CONSTRAINT " + NAME + " " + definition), found)
                .add("DROP TABLE pg_temp." + table.quoted())
                .run(connection);
        requirePartitionKeys(found.built());
        return found.built();
    }

    /** That the same is so of its partitions that are partitioned themselves: the temporary table has none. */
    private void requirePartitionKeys(Probe.Built built) throws SQLException {
        if (partitioned == 0) {
            return;
        }
        List<String> others = new ArrayList<>();
        String keys = built.names().subList(0, built.keys().size()).stream()
                .map(Literals::quote)
                .collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.text[]"));
        new MultiStatement()
                .query("""
                        WITH RECURSIVE tree AS (
                            SELECT %d::pg_catalog.oid AS oid
                            UNION
                            SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid)
                        SELECT tree.oid::pg_catalog.regclass::pg_catalog.text AS name
                        FROM tree JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = tree.oid
                        WHERE EXISTS (
                            SELECT FROM pg_catalog.unnest(p.partattrs::pg_catalog.int2[]) AS k
                            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k AND k <> 0
                            WHERE a.attname IS NULL OR a.attname::pg_catalog.text <> ALL (%s))
                        ORDER BY 1""".formatted(partitioned, keys), row -> others.add(row.getString("name")))
                .run(connection);
        if (!others.isEmpty()) {
            throw new SQLException(
                    "a unique key must include all columns by which a table is partitioned, and those of %s are not in it"
                            .formatted(String.join(", ", others)),
                    NOT_SUPPORTED);
        }
    }

    /** Of a partitioned table PostgreSQL takes a unique index only if the key has all columns of the partition key. */
    private String partitionBy() throws SQLException {
        if (partitioned == 0) {
            return "";
        }
        List<String> by = new ArrayList<>();
        new MultiStatement()
                .query(
                        "SELECT pg_catalog.pg_get_partkeydef(" + partitioned + ") AS key",
                        row -> by.add(row.getString("key")))
                .run(connection);
        return " PARTITION BY " + by.getFirst();
    }

    private MultiStatement begin() throws SQLException {
        return new MultiStatement()
                .add("CREATE TABLE pg_temp." + table.quoted() + " (" + columns + ")" + partitionBy())
                .add("SET LOCAL search_path = " + searchPath);
    }

    private MultiStatement read(MultiStatement statement, Found found) {
        return statement
                .add("SET LOCAL search_path = ''")
                .query(
                        "SELECT " + IndexQueries.DEFINITION + """
                 AS definition,
                       (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum)
                        FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indexrelid) AS names,
                       (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n, false) ORDER BY n)
                        FROM pg_catalog.generate_series(1, i.indnkeyatts::pg_catalog.int4) AS n) AS keys,
                       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
                       (SELECT pg_catalog.pg_get_constraintdef(con.oid) FROM pg_catalog.pg_constraint AS con
                        WHERE con.conindid = i.indexrelid) AS constraint_definition
                """ + IndexQueries.FROM
                                + "WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = "
                                + Literals.quote(NAME),
                        row -> {
                            found.forms.add(row.getString("definition"));
                            found.names = MultiStatement.texts(row, "names");
                            found.keys = MultiStatement.texts(row, "keys");
                            found.predicate = row.getString("predicate");
                            found.constraint = row.getString("constraint_definition");
                        });
    }
}
