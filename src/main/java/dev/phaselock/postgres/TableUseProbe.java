package dev.phaselock.postgres;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe;
import dev.phaselock.plan.Probe.TableUse.Dependent;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads what is bound to a table that is to be dropped. */
final class TableUseProbe {
    private final Connection connection;

    TableUseProbe(Connection connection) {
        this.connection = connection;
    }

    /**
     * What goes with a table is followed as {@code DROP TABLE} does it (findDependentObjects, dependency.c): automatic,
     * internal and partition dependencies. What else depends on any of that is in the way.
     */
    private static final String DEPENDENTS = """
            WITH RECURSIVE gone AS (
                SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid,
                       %d::pg_catalog.oid AS objid, 0 AS objsubid
                UNION
                SELECT d.classid, d.objid, d.objsubid
                FROM gone JOIN pg_catalog.pg_depend AS d
                  ON d.refclassid = gone.classid AND d.refobjid = gone.objid
                 AND (d.refobjsubid = gone.objsubid OR gone.objsubid = 0)
                WHERE d.deptype IN ('a', 'i', 'P', 'S'))
            SELECT DISTINCT CASE
                       WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                       THEN (SELECT pg_catalog.pg_describe_object(
                                        'pg_catalog.pg_class'::pg_catalog.regclass, r.ev_class, 0)
                             FROM pg_catalog.pg_rewrite AS r WHERE r.oid = d.objid)
                       ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END AS description,
                   coalesce(k.conrelid, 0)::pg_catalog.int8 AS relation, coalesce(k.conname::pg_catalog.text, '') AS name
            FROM gone JOIN pg_catalog.pg_depend AS d
              ON d.refclassid = gone.classid AND d.refobjid = gone.objid
             AND (d.refobjsubid = gone.objsubid OR gone.objsubid = 0)
            LEFT JOIN pg_catalog.pg_constraint AS k
              ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid AND k.contype = 'f'
            WHERE d.deptype = 'n'
              -- Without the server's own parts of a foreign key, for partitions of the referenced table.
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS whole
                              WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
              AND NOT EXISTS (
                  SELECT FROM gone AS other
                  WHERE other.classid = d.classid AND other.objid = d.objid AND other.objsubid IN (0, d.objsubid))
            UNION
            SELECT pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0), 0, ''
            FROM gone JOIN pg_catalog.pg_depend AS d
              ON d.classid = gone.classid AND d.objid = gone.objid AND d.deptype = 'e'
            ORDER BY 1""";

    Probe of(Table table) throws SQLException {
        long oid = table.relation().oid();
        List<Dependent> dependents = new ArrayList<>();
        List<Long> referenced = new ArrayList<>();
        List<Boolean> partition = new ArrayList<>();
        new MultiStatement()
                .query(
                        DEPENDENTS.formatted(oid),
                        row -> dependents.add(new Dependent(
                                row.getString("description"), row.getLong("relation"), row.getString("name"))))
                .query(ofTree(oid), row -> referenced.add(row.getLong("oid")))
                .query(
                        "SELECT c.relispartition AS partition FROM pg_catalog.pg_class AS c WHERE c.oid = " + oid,
                        row -> partition.add(row.getBoolean("partition")))
                .run(connection);
        return new Probe.TableUse(dependents, referenced, partition.getFirst());
    }

    private static String ofTree(long oid) {
        return referenced("""
                WITH RECURSIVE tree AS (
                    SELECT %d::pg_catalog.oid AS oid
                    UNION
                    SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid)
                """.formatted(oid));
    }

    /**
     * The other relations to which foreign keys of the tables and all below them refer: {@code oid}.
     *
     * @param tree to begin the query with
     */
    static String referenced(String tree) {
        return tree + """
                SELECT DISTINCT k.confrelid AS oid
                FROM tree JOIN pg_catalog.pg_constraint AS k ON k.conrelid = tree.oid AND k.contype = 'f'
                WHERE k.confrelid NOT IN (SELECT tree.oid FROM tree)
                  -- Without the server's own parts of it, for partitions of the referenced table.
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS whole
                                  WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)""";
    }
}
