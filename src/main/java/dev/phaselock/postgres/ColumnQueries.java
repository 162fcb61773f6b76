package dev.phaselock.postgres;

import dev.phaselock.plan.ColumnUse;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** The query by which {@link CatalogReader} reads what columns are bound to. */
final class ColumnQueries {
    /** Without the server's own parts of it, for partitions of the referenced table. */
    private static final String FOREIGN_KEY = """
            k.contype = 'f' AND NOT EXISTS (
                          SELECT FROM pg_catalog.pg_constraint AS whole
                          WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)""";

    private ColumnQueries() {}

    /**
     * What goes with a column is followed as {@code DROP COLUMN} does it (findDependentObjects, dependency.c): automatic
     * and internal dependencies.
     *
     * @param edges the name of the relations and all below them: {@code root}, {@code oid}
     * @param names of the columns
     */
    static String uses(String edges, Collection<String> names) {
        return edges + """
                , columns AS (
                    SELECT edges.root, a.attrelid, a.attnum, a.attname, a.attinhcount
                    FROM edges JOIN pg_catalog.pg_attribute AS a ON a.attrelid = edges.oid AND NOT a.attisdropped
                    WHERE a.attname = ANY (%s) AND (edges.oid = edges.root OR a.attinhcount = 1 AND NOT a.attislocal)),
                gone AS (
                    SELECT root, attname, attrelid, 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid,
                           attrelid AS objid, attnum::pg_catalog.int4 AS objsubid
                    FROM columns
                    UNION
                    SELECT gone.root, gone.attname, gone.attrelid, d.classid, d.objid, d.objsubid
                    FROM gone JOIN pg_catalog.pg_depend AS d
                      ON d.refclassid = gone.classid AND d.refobjid = gone.objid
                     AND (d.refobjsubid = gone.objsubid OR gone.objsubid = 0)
                    WHERE d.deptype IN ('a', 'i', 'P', 'S')),
                dependents AS (
                    SELECT gone.root, gone.attname, CASE
                               WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                               THEN (SELECT pg_catalog.pg_describe_object(
                                                'pg_catalog.pg_class'::pg_catalog.regclass, r.ev_class, 0)
                                     FROM pg_catalog.pg_rewrite AS r WHERE r.oid = d.objid)
                               ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END AS description
                    FROM gone JOIN pg_catalog.pg_depend AS d
                      ON d.refclassid = gone.classid AND d.refobjid = gone.objid
                     AND (d.refobjsubid = gone.objsubid OR gone.objsubid = 0)
                    WHERE d.deptype = 'n'
                      AND NOT EXISTS (
                          SELECT FROM gone AS other
                          WHERE other.root = gone.root AND other.classid = d.classid AND other.objid = d.objid
                            AND other.objsubid IN (0, d.objsubid))
                    UNION
                    -- Other columns, generated from it, which the server before 16 would drop without a word.
                    SELECT gone.root, gone.attname,
                           pg_catalog.pg_describe_object(gone.classid, gone.objid, gone.objsubid)
                    FROM gone
                    WHERE gone.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND gone.objid IN (SELECT columns.attrelid FROM columns WHERE columns.root = gone.root)
                      AND NOT EXISTS (
                          SELECT FROM columns
                          WHERE columns.root = gone.root AND columns.attrelid = gone.objid
                            AND columns.attnum = gone.objsubid AND columns.attname = gone.attname)
                    UNION
                    -- Columns of a partition key depend internally on their table (StorePartitionKey, partition.c).
                    SELECT columns.root, columns.attname,
                           'partition key of ' || pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)
                    FROM columns JOIN pg_catalog.pg_depend AS d
                      ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = columns.attrelid
                     AND d.objsubid = columns.attnum AND d.refclassid = d.classid AND d.refobjid = d.objid
                     AND d.refobjsubid = 0 AND d.deptype = 'i')
                SELECT c.root AS relation, c.attname::pg_catalog.text AS name, c.attinhcount > 0 AS inherited,
                       (SELECT pg_catalog.array_agg(DISTINCT dependents.description) FROM dependents
                        WHERE dependents.root = c.root AND dependents.attname = c.attname) AS dependents,
                       (SELECT pg_catalog.array_agg(DISTINCT k.confrelid::pg_catalog.text)
                        FROM columns AS other
                        JOIN pg_catalog.pg_constraint AS k
                          ON k.conrelid = other.attrelid AND %s AND other.attnum = ANY (k.conkey)
                        WHERE other.root = c.root AND other.attname = c.attname) AS referenced,
                       coalesce((SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d
                                 WHERE d.adrelid = c.attrelid AND d.adnum = c.attnum), '') AS value
                FROM columns AS c WHERE c.attrelid = c.root""".formatted(CatalogQueries.names(names), FOREIGN_KEY);
    }

    /** The relations to which foreign keys over the columns refer, of the tables and all below them: {@code oid}. */
    static String referenced(String tree, Collection<String> names) {
        return tree + """
                SELECT DISTINCT k.confrelid AS oid
                FROM tree
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = tree.oid AND NOT a.attisdropped
                JOIN pg_catalog.pg_constraint AS k ON k.conrelid = a.attrelid AND %s AND a.attnum = ANY (k.conkey)
                WHERE a.attname = ANY (%s)""".formatted(FOREIGN_KEY, CatalogQueries.names(names));
    }

    static ColumnUse use(ResultSet row) throws SQLException {
        List<Long> referenced = MultiStatement.texts(row, "referenced").stream()
                .map(Long::valueOf)
                .toList();
        return new ColumnUse(
                row.getBoolean("inherited"),
                MultiStatement.texts(row, "dependents"),
                referenced,
                row.getString("value"));
    }
}
