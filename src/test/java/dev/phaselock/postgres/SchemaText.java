package dev.phaselock.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * All that PostgreSQL itself says of what is defined in a database, one line for each thing: what two databases have to
 * have in common to be the same for whoever uses them. Columns of the catalogs that a version does not have are left out.
 */
public final class SchemaText {
    private static final String OURS = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";

    private static final List<String> QUERIES = List.of(
            """
            SELECT concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relpersistence, am.amname, c.relreplident,
                c.relrowsecurity, c.relforcerowsecurity, c.relispartition, pg_get_partkeydef(c.oid),
                pg_get_expr(c.relpartbound, c.oid), pg_get_userbyid(c.relowner), c.relacl, c.reloptions, toast.reloptions,
                c.reltablespace, obj_description(c.oid, 'pg_class'), CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
            WHERE n.nspname %1$s AND n.nspname NOT LIKE 'pg_temp%%' AND n.nspname NOT LIKE 'pg_toast%%'""",
            """
            SELECT concat_ws(' | ', 'column', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
                a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, to_jsonb(a) ->> 'attcompression',
                coalesce(a.attstattarget, -1), a.attoptions, a.attacl, a.attislocal, a.attinhcount, a.attcollation::regcollation,
                pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum))
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE n.nspname %1$s AND n.nspname NOT LIKE 'pg_temp%%' AND c.relkind NOT IN ('S', 't') AND a.attnum > 0""",
            """
            -- A foreign key has NO INHERIT or not by how a partition came by it, and nobody can see a difference.
            SELECT concat_ws(' | ', 'constraint', coalesce(k.conrelid::regclass::text, k.contypid::regtype::text), k.conname,
                k.contype, pg_get_constraintdef(k.oid), 'validated ' || k.convalidated, 'enforced ' || (to_jsonb(k) ->> 'conenforced'),
                'deferrable ' || k.condeferrable, 'deferred ' || k.condeferred,
                -- Of a key it says only whether a partition's was there before the parent's, as after a restored dump.
                CASE WHEN k.contype NOT IN ('f', 'p', 'u') THEN 'no inherit ' || k.connoinherit END,
                -- From 18 on a key that is made of an index makes a partition's inherited NOT NULL its own too (docs/limitations.md).
                CASE WHEN k.contype <> 'n' OR k.coninhcount = 0 THEN 'local ' || k.conislocal END, 'inherited ' || k.coninhcount, nullif(k.conindid, 0)::regclass, parent.conname,
                parent.conrelid::regclass, obj_description(k.oid, 'pg_constraint'))
            FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
            LEFT JOIN pg_constraint parent ON parent.oid = k.conparentid
            WHERE n.nspname %1$s""",
            """
            SELECT concat_ws(' | ', 'index', pg_get_indexdef(i.indexrelid), 'valid ' || i.indisvalid, 'ready ' || i.indisready,
                'live ' || i.indislive, 'unique ' || i.indisunique, 'primary ' || i.indisprimary, 'exclusion ' || i.indisexclusion,
                'immediate ' || i.indimmediate, 'clustered ' || i.indisclustered, 'replica identity ' || i.indisreplident,
                'nulls not distinct ' || (to_jsonb(i) ->> 'indnullsnotdistinct'))
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname %1$s""",
            """
            SELECT concat_ws(' | ', 'parent', i.inhrelid::regclass, i.inhparent::regclass, i.inhseqno,
                'being detached ' || (to_jsonb(i) ->> 'inhdetachpending'))
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname %1$s""",
            """
            SELECT concat_ws(' | ', 'trigger', t.tgrelid::regclass,
                CASE WHEN t.tgisinternal THEN k.conname || ' ' || t.tgfoid::regproc ELSE pg_get_triggerdef(t.oid) END,
                t.tgtype, t.tgenabled, t.tgdeferrable, t.tginitdeferred, nullif(t.tgconstrrelid, 0)::regclass,
                nullif(t.tgconstrindid, 0)::regclass, obj_description(t.oid, 'pg_trigger'))
            FROM pg_trigger t LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint""",
            """
            SELECT concat_ws(' | ', 'sequence', s.seqrelid::regclass, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
                s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.deptype, d.refobjid::regclass, d.refobjsubid)
            FROM pg_sequence s LEFT JOIN pg_depend d
              ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.refclassid = 'pg_class'::regclass
             AND d.deptype IN ('a', 'i')""",
            """
            SELECT concat_ws(' | ', 'type', t.oid::regtype, t.typtype, nullif(t.typbasetype, 0)::regtype, t.typnotnull, t.typdefault,
                (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
                obj_description(t.oid, 'pg_type'))
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE n.nspname %1$s AND n.nspname NOT LIKE 'pg_temp%%' AND n.nspname NOT LIKE 'pg_toast%%'""",
            "SELECT concat_ws(' | ', 'policy', to_jsonb(p)) FROM pg_policies p",
            "SELECT concat_ws(' | ', 'rule', pg_get_ruledef(r.oid)) FROM pg_rewrite r WHERE r.oid >= 16384",
            "SELECT concat_ws(' | ', 'statistics', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s",
            "SELECT concat_ws(' | ', 'published', to_jsonb(p)) FROM pg_publication_tables p",
            """
            SELECT concat_ws(' | ', 'function', pg_get_functiondef(p.oid)) FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname %1$s AND p.prokind <> 'a'""");

    private SchemaText() {}

    /** The lines, in an order that is the same for the same definitions. */
    public static List<String> of(PgDatabase database) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET search_path = ''");
            for (String query : QUERIES) {
                try (ResultSet row = statement.executeQuery(query.formatted(OURS))) {
                    while (row.next()) {
                        lines.add(row.getString(1));
                    }
                }
            }
        }
        lines.sort(null);
        return lines;
    }

    /** What the rows of every table are, in no order: a digest for each. */
    public static List<String> rows(PgDatabase database) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (String table : database.query("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
                + " AND relnamespace = 'public'::regnamespace ORDER BY 1")) {
            lines.add(table + " "
                    + database.queryOne(
                            "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), ''))"
                                    + " FROM ONLY " + table + " AS t"));
        }
        return lines;
    }
}
