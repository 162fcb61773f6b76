package dev.phaselock.postgres;

import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The queries by which {@link CatalogReader} reads the catalog. Each names what it reads in {@code pg_catalog}, so that
 * no {@code search_path} gives it another meaning.
 */
final class CatalogQueries {
    static final String SERVER = """
            SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS number,
                   pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version,
                   pg_catalog.pg_is_in_recovery() AS standby,
                   pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS read_only,
                   current_user::pg_catalog.text AS role, pg_catalog.current_database()::pg_catalog.text AS database,
                   pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') AS temporary""";

    private static final int ENFORCED_SINCE = 18;
    private static final int MAINTAIN_SINCE = 17;
    private static final int SET_COLUMNS_SINCE = 15;
    private static final int DETACH_PENDING_SINCE = 14;

    /**
     * The column of a not-null constraint, or of a check that says the same of it. Of a composite type IS NOT NULL says
     * more: that no field is null.
     */
    private static final String NOT_NULL_COLUMN = """
            (SELECT a.attname::pg_catalog.text
                        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
                        WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                          AND pg_catalog.cardinality(c.conkey) = 1
                          AND CASE WHEN c.contype = 'n' THEN true
                                   WHEN c.contype = 'c' AND checked.oid IS NOT NULL
                                   THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) = '(' || pg_catalog.quote_ident(a.attname)
                                        || CASE WHEN t.typcategory = 'C' THEN ' IS DISTINCT FROM NULL)' ELSE ' IS NOT NULL)' END
                                   ELSE false END)""";

    /** What else refers to a constraint or to its index: foreign keys, and views that group by a key. */
    private static final String DEPENDENTS = """
            CASE WHEN c.conname = ANY (%s) THEN (
                        SELECT pg_catalog.array_agg(
                                   DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
                        FROM pg_catalog.pg_depend AS d
                        WHERE d.deptype = 'n'
                          AND (d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = c.oid
                               OR c.contype IN ('p', 'u', 'x') AND d.refobjid = c.conindid
                                  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)) END""";

    /** How a foreign key compares its pairs of columns, one text for each. */
    private static final String COMPARISONS = """
            CASE WHEN c.contype = 'f' THEN (
                        SELECT pg_catalog.array_agg(%s ORDER BY k.n)
                        -- Of several arrays: no function, but syntax that has no schema.
                        FROM unnest(c.conpfeqop, c.conkey) WITH ORDINALITY AS k (operator, attnum, n)
                        JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = o.oprnamespace
                        JOIN pg_catalog.pg_type AS t ON t.oid = o.oprright
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                        WHERE c.conname = ANY (%s)) END""";

    private final int major;

    CatalogQueries(int major) {
        this.major = major;
    }

    /**
     * The relations that the names mean: {@code n}, the name's index, and {@code oid}.
     *
     * @param indexes those of the names that are indexes', which mean their tables
     */
    static String resolve(List<QualifiedName> names, Set<QualifiedName> indexes, List<Identifier> schemas) {
        String wanted = IntStream.range(0, names.size())
                .mapToObj(n -> {
                    Identifier schema = names.get(n).schema();
                    return "(" + n + ", " + (schema == null ? "NULL" : Literals.quote(schema.name()))
                            + "::pg_catalog.text, "
                            + Literals.quote(names.get(n).name().name()) + "::pg_catalog.text, "
                            + indexes.contains(names.get(n)) + ")";
                })
                .collect(Collectors.joining(", "));
        return """
                SELECT DISTINCT ON (wanted.n) wanted.n, coalesce(i.indrelid, c.oid) AS oid
                FROM (VALUES %s) AS wanted (n, schema, name, index)
                CROSS JOIN LATERAL (
                    SELECT wanted.schema AS name, 0::pg_catalog.int8 AS position WHERE wanted.schema IS NOT NULL
                    UNION ALL
                    SELECT path.name, path.position
                    FROM pg_catalog.unnest(%s) WITH ORDINALITY AS path (name, position)
                    WHERE wanted.schema IS NULL) AS s
                JOIN pg_catalog.pg_namespace AS ns ON ns.nspname = s.name
                JOIN pg_catalog.pg_class AS c ON c.relnamespace = ns.oid AND c.relname = wanted.name
                LEFT JOIN pg_catalog.pg_index AS i ON wanted.index AND i.indexrelid = c.oid
                WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') OR i.indexrelid IS NOT NULL
                ORDER BY wanted.n, s.position""".formatted(
                        wanted, texts(schemas.stream().map(Identifier::name).toList()));
    }

    /** The relations and all that is partitioned off or inherits from them, by root, nearest first. */
    String relations(Collection<Long> roots) {
        return """
                WITH RECURSIVE edges AS (
                    SELECT root, root AS oid, 0 AS depth FROM pg_catalog.unnest(%s) AS root
                    UNION
                    SELECT e.root, i.inhrelid, e.depth + 1
                    FROM edges AS e JOIN pg_catalog.pg_inherits AS i ON i.inhparent = e.oid%s),
                tree AS (SELECT root, oid, pg_catalog.min(depth) AS depth FROM edges GROUP BY root, oid)
                SELECT tree.root, c.oid, ns.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
                       c.relkind::pg_catalog.text AS kind, c.relpersistence::pg_catalog.text AS persistence,
                       c.reltuples::pg_catalog.int8 AS rows, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner,
                       pg_catalog.has_schema_privilege(c.relowner, ns.oid, 'USAGE')
                           AND pg_catalog.has_table_privilege(c.relowner, c.oid, 'SELECT')
                           AND pg_catalog.has_table_privilege(c.relowner, c.oid, 'UPDATE') AS owner_reads,
                       pg_catalog.has_schema_privilege(ns.oid, 'USAGE') AS schema_usage,
                       pg_catalog.has_schema_privilege(ns.oid, 'CREATE') AS schema_create,
                       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
                       pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE%s') AS lock,
                       pg_catalog.has_table_privilege(c.oid, 'SELECT') AS sel,
                       pg_catalog.has_table_privilege(c.oid, 'REFERENCES') AS ref,
                       pg_catalog.row_security_active(c.oid) AS row_security
                FROM tree
                JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
                JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                ORDER BY tree.root, tree.depth, c.oid""".formatted(oids(roots), attached(), major >= MAINTAIN_SINCE ? ", MAINTAIN" : "");
    }

    /**
     * The columns of the relations themselves.
     *
     * @param detailed names of columns of which more is to be known; to write their defaults down the server may lock
     *     their tables (ACCESS SHARE)
     */
    String columns(Collection<Long> roots, Collection<String> detailed) {
        return edges(roots) + """
                SELECT a.attrelid AS relation, a.attname::pg_catalog.text AS name,
                       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
                       pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname) AS collation,
                       a.attgenerated::pg_catalog.text AS generated,
                       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS sel,
                       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'REFERENCES') AS ref,
                       a.attname = ANY (%s) AS detailed, a.attnotnull AS not_null, a.attidentity <> '' AS identity,
                       EXISTS (SELECT FROM pg_catalog.pg_inherits AS i
                               JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
                               JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = p.oid AND pa.attname = a.attname
                               WHERE i.inhrelid = a.attrelid AND pa.attnotnull) AS not_null_by_parent,
                       below.not_null AS not_null_everywhere, below.defaults, below.statistics, below.storages
                FROM pg_catalog.pg_attribute AS a
                LEFT JOIN LATERAL (
                    SELECT pg_catalog.bool_and(b.attnotnull) AS not_null,
                           pg_catalog.array_agg(DISTINCT coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''))
                               AS defaults,
                           pg_catalog.array_agg(DISTINCT coalesce(b.attstattarget, -1)::pg_catalog.text) AS statistics,
                           pg_catalog.array_agg(DISTINCT b.attstorage::pg_catalog.text) AS storages
                    FROM edges
                    JOIN pg_catalog.pg_attribute AS b
                      ON b.attrelid = edges.oid AND b.attname = a.attname AND NOT b.attisdropped
                    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = b.attrelid AND d.adnum = b.attnum
                    WHERE a.attname = ANY (%s) AND edges.root = a.attrelid) AS below ON true
                LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
                LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
                WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attrelid, a.attnum""".formatted(names(detailed), names(detailed), oids(roots));
    }

    /** Unique indexes as {@code transformFkeyCheckAttrs} (tablecmds.c) looks for them. */
    String keys(Collection<Long> roots) {
        return tree(roots) + """
                SELECT i.indrelid AS relation, i.indisprimary AS prim, i.indimmediate AS immediate,
                       (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY k.n)
                        FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, n)
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                        WHERE k.n <= i.indnkeyatts) AS columns
                FROM tree JOIN pg_catalog.pg_index AS i ON i.indrelid = tree.oid
                WHERE i.indisunique AND NOT i.indisexclusion AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                ORDER BY i.indrelid, i.indisprimary DESC, i.indexrelid""";
    }

    /**
     * The constraints. To write a check down the server opens its table (ACCESS SHARE), so that is done where checks are
     * compared only.
     *
     * @param checked the relations that are to get a check
     * @param names of constraints that are to be added
     */
    String constraints(Collection<Long> roots, Collection<Long> checked, Collection<String> names) {
        return tree(roots)
                + """
                , checked AS (
                    SELECT oid FROM pg_catalog.unnest(%s) AS oid
                    UNION
                    SELECT i.inhrelid FROM checked JOIN pg_catalog.pg_inherits AS i ON i.inhparent = checked.oid)
                SELECT c.conrelid AS relation, c.conname::pg_catalog.text AS name, c.contype::pg_catalog.text AS kind,
                       c.convalidated AS validated, %s AS enforced, c.connoinherit AS no_inherit,
                       coalesce(parent.conrelid = c.conrelid, false) AS own_part, c.conparentid <> 0 AS attached,
                       CASE WHEN c.contype <> 'c' OR checked.oid IS NOT NULL OR c.conname = ANY (%s)
                            THEN pg_catalog.pg_get_constraintdef(c.oid) ELSE '' END AS definition,
                       CASE WHEN c.contype = 'c' AND (checked.oid IS NOT NULL OR c.conname = ANY (%s))
                            THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) END AS expression,
                       c.coninhcount > 0 AS inherited, %s AS not_null_column, %s AS dependents,
                       %s AS operators, %s AS casts,
                       %s AS columns,
                       c.confrelid AS referenced, %s AS referenced_columns,
                       c.confdeltype::pg_catalog.text AS on_delete, c.confupdtype::pg_catalog.text AS on_update,
                       c.confmatchtype::pg_catalog.text AS match, %s AS set_columns,
                       c.condeferrable AS deferrable, c.condeferred AS deferred, %s AS period
                FROM tree JOIN pg_catalog.pg_constraint AS c ON c.conrelid = tree.oid
                LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = c.conparentid AND c.conparentid <> 0
                LEFT JOIN checked ON checked.oid = c.conrelid
                ORDER BY c.conrelid, c.oid""".formatted(
                        oids(checked),
                        major >= ENFORCED_SINCE ? "c.conenforced" : "true",
                        texts(names),
                        texts(names),
                        NOT_NULL_COLUMN,
                        DEPENDENTS.formatted(texts(names)),
                        COMPARISONS.formatted("pg_catalog.quote_ident(ns.nspname) || '.' || o.oprname", texts(names)),
                        COMPARISONS.formatted(
                                "CASE WHEN t.typtype <> 'p' AND o.oprright <> a.atttypid"
                                        + " THEN pg_catalog.format_type(o.oprright, NULL) ELSE '' END",
                                texts(names)),
                        columnNames("c.conkey", "c.conrelid"),
                        columnNames("c.confkey", "c.confrelid"),
                        major >= SET_COLUMNS_SINCE
                                ? columnNames("c.confdelsetcols", "c.conrelid")
                                : "NULL::pg_catalog.text[]",
                        major >= ENFORCED_SINCE ? "c.conperiod" : "false");
    }

    /** Of several constraints, the relations that they refer to. */
    static String referenced(Collection<Long> relations, Collection<String> names) {
        return """
                SELECT DISTINCT c.confrelid AS oid FROM pg_catalog.pg_constraint AS c
                WHERE c.contype = 'f' AND c.conrelid = ANY (%s) AND c.conname = ANY (%s)""".formatted(oids(relations), names(names));
    }

    /** The relations to which all foreign keys of the relations refer, and those whose foreign keys refer to them. */
    static String referenced(Collection<Long> relations) {
        return """
                SELECT DISTINCT c.confrelid AS oid FROM pg_catalog.pg_constraint AS c
                WHERE c.contype = 'f' AND c.conrelid = ANY (%s)
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS p
                                  WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
                UNION
                SELECT c.conrelid FROM pg_catalog.pg_constraint AS c
                WHERE c.contype = 'f' AND c.confrelid = ANY (%s) AND c.conparentid = 0""".formatted(oids(relations), oids(relations));
    }

    /** Names in the relations' schemas, and in others, that PostgreSQL's rule for names could give (ChooseConstraintName). */
    String takenNames(Collection<Long> roots, Collection<String> schemas) {
        return tree(roots) + """
                SELECT ns.nspname::pg_catalog.text AS schema, c.conname::pg_catalog.text AS name
                FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.connamespace
                WHERE (c.connamespace IN (SELECT t.relnamespace FROM tree JOIN pg_catalog.pg_class AS t ON t.oid = tree.oid)
                       OR ns.nspname = ANY (%1$s))
                  AND c.conname::pg_catalog.text ~ '_(fkey|check|not_null|key|pkey)[0-9]*$'
                UNION
                SELECT ns.nspname::pg_catalog.text, c.relname::pg_catalog.text
                FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                WHERE (c.relnamespace IN (SELECT t.relnamespace FROM tree JOIN pg_catalog.pg_class AS t ON t.oid = tree.oid)
                       OR ns.nspname = ANY (%1$s))
                  AND c.relname::pg_catalog.text ~ '_(idx|key|pkey)[0-9]*$'""".formatted(names(schemas));
    }

    /** Tables that may have been meant. */
    static final String OTHER_TABLES = """
            SELECT ns.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relpersistence <> 't'
              AND ns.nspname <> 'information_schema' AND pg_catalog.has_schema_privilege(ns.oid, 'USAGE')
            ORDER BY c.oid LIMIT 10000""";

    /** To begin a query with: the relations and all that is partitioned off or inherits from them. */
    String tree(Collection<Long> roots) {
        return """
                WITH RECURSIVE tree AS (
                    SELECT oid FROM pg_catalog.unnest(%s) AS oid
                    UNION
                    SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid%s)
                """.formatted(oids(roots), attached());
    }

    /** To begin a query with: which relation ({@code oid}) is one of these or below it. */
    String edges(Collection<Long> roots) {
        return """
                WITH RECURSIVE edges AS (
                    SELECT root, root AS oid FROM pg_catalog.unnest(%s) AS root
                    UNION
                    SELECT e.root, i.inhrelid
                    FROM edges AS e JOIN pg_catalog.pg_inherits AS i ON i.inhparent = e.oid%s)
                """.formatted(oids(roots), attached());
    }

    /** Column numbers as names; a reference to the whole row is the empty name. */
    static String columnNames(String numbers, String relation) {
        return """
                (SELECT pg_catalog.array_agg(coalesce(a.attname::pg_catalog.text, '') ORDER BY k.n)
                        FROM pg_catalog.unnest(%s) WITH ORDINALITY AS k (attnum, n)
                        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = %s AND a.attnum = k.attnum)""".formatted(numbers, relation);
    }

    static String oids(Collection<Long> oids) {
        return oids.stream().map(String::valueOf).collect(Collectors.joining(",", "'{", "}'::pg_catalog.oid[]"));
    }

    /** A partition that is being detached concurrently is none any more. */
    private String attached() {
        return major >= DETACH_PENDING_SINCE ? " AND NOT i.inhdetachpending" : "";
    }

    static String names(Collection<String> names) {
        return texts(names) + "::pg_catalog.name[]";
    }

    private static String texts(Collection<String> texts) {
        return texts.stream().map(Literals::quote).collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.text[]"));
    }
}
