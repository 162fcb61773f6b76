package dev.phaselock.postgres;

import dev.phaselock.plan.Index;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;

/** The queries by which {@link CatalogReader} reads indexes, and by which {@link ChangeProbes} reads what it made of one. */
final class IndexQueries {
    /**
     * An index's definition from {@code USING} on, so that it is the same under another name and on another table. What
     * stands before is known: the name and the table, the latter with its schema, for the {@code search_path} is empty.
     */
    static final String DEFINITION = """
            pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.length(
                'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '
                || pg_catalog.quote_ident(c.relname) || ' ON ' || CASE WHEN c.relkind = 'I' THEN 'ONLY ' ELSE '' END
                || CASE WHEN t.relpersistence = 't' AND pg_catalog.pg_get_indexdef(i.indexrelid) ~ ' ON (ONLY )?pg_temp[.]'
                        THEN 'pg_temp' ELSE pg_catalog.quote_ident(ns.nspname) END
                || '.' || pg_catalog.quote_ident(t.relname) || ' ') + 1)""";

    static final String FROM = """

            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
            JOIN pg_catalog.pg_namespace AS ns ON ns.oid = t.relnamespace
            """;

    private IndexQueries() {}

    /**
     * The indexes of the relations and of all that is partitioned off or inherits from them.
     *
     * @param named those of which it is to be known what depends on them
     */
    static String indexes(String tree, Collection<String> named) {
        return tree + "SELECT i.indrelid AS relation, c.relname::pg_catalog.text AS name, " + DEFINITION
                + " AS definition,"
                + """

                       (SELECT pg_catalog.array_agg(coalesce(a.attname::pg_catalog.text, '') ORDER BY k.n)
                        FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, n)
                        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                        WHERE k.n <= i.indnkeyatts) AS columns,
                       i.indisunique AS uniq, i.indisprimary AS prim, i.indisvalid AS valid, i.indpred IS NOT NULL AS partial,
                       c.relispartition AS attached, i.indisreplident AS replica_identity,
                       (SELECT con.conname::pg_catalog.text FROM pg_catalog.pg_constraint AS con
                        WHERE con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x') LIMIT 1) AS constraint_name,
                       CASE WHEN c.relname = ANY (%s) THEN (
                           SELECT pg_catalog.array_agg(
                                      DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
                           FROM pg_catalog.pg_depend AS d
                           WHERE d.deptype = 'n' AND d.refobjid = i.indexrelid
                             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) END AS dependents
                """.formatted(CatalogQueries.names(named))
                + FROM + "JOIN tree ON tree.oid = i.indrelid ORDER BY i.indrelid, i.indexrelid";
    }

    static Index index(ResultSet row) throws SQLException {
        return new Index(
                row.getString("name"),
                row.getString("definition"),
                MultiStatement.texts(row, "columns"),
                row.getBoolean("uniq"),
                row.getBoolean("prim"),
                row.getBoolean("valid"),
                row.getBoolean("partial"),
                row.getBoolean("attached"),
                row.getBoolean("replica_identity"),
                row.getString("constraint_name"),
                MultiStatement.texts(row, "dependents"));
    }

    /** What there is under the names in the relations' schemas. */
    static String relations(Collection<Long> relations, Collection<String> names) {
        return """
                SELECT ns.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
                       pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0)
                           || coalesce(' of table ' || pg_catalog.quote_ident(tns.nspname) || '.'
                                       || pg_catalog.quote_ident(t.relname), '') AS description
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
                LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
                LEFT JOIN pg_catalog.pg_namespace AS tns ON tns.oid = t.relnamespace
                WHERE c.relname = ANY (%s)
                  AND c.relnamespace IN (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = ANY (%s))""".formatted(CatalogQueries.names(names), CatalogQueries.oids(relations));
    }
}
