package dev.phaselock.postgres;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attaches a partition to a temporary table that is partitioned in the same way, beside temporary partitions of all the
 * bounds that are there: so it is the server that says which rows belong to it, and whether it overlaps another.
 */
final class PartitionProbe {
    /** A temporary partition for each is made whenever it is planned. */
    private static final int MOST_PARTITIONS = 1_000;

    private static final String NOT_SUPPORTED = "0A000";
    private static final String PARENT = "phaselock_parent";

    private final Connection connection;
    private final String searchPath;
    private final long table;
    private final long partition;
    private final Identifier name;

    PartitionProbe(Connection connection, String searchPath, Table table, Table partition) {
        this.connection = connection;
        this.searchPath = searchPath;
        this.table = table.relation().oid();
        this.partition = partition.relation().oid();
        this.name = partition.name().name();
    }

    /** Tries a check, and says how the server writes it down. */
    @FunctionalInterface
    interface Checks {
        Probe.Check written(String expression) throws SQLException;
    }

    /** What the catalog has. */
    private static final class There {
        private long parent;
        private @Nullable String bound;
        private boolean pending;
        private @Nullable String key;
        private @Nullable String above;
        private long defaultPartition;
        private boolean hashOfText;
        private final List<String> nullable = new ArrayList<>();
        private final List<Long> referencing = new ArrayList<>();
        private final Map<String, String> siblings = new LinkedHashMap<>();
    }

    /** @param columns definitions of all of the partitioned table's columns */
    Probe attach(String bound, String columns, Checks checks) throws SQLException {
        There there = there();
        if (there.siblings.size() > MOST_PARTITIONS) {
            return new Probe.Failed(
                    NOT_SUPPORTED, "each bound is tried beside all others, and there are more than " + MOST_PARTITIONS);
        }
        if (there.hashOfText && there.parent != table) {
            // Its own call has no collation, that of a check has one: they are not equal to it.
            return new Probe.Failed(
                    NOT_SUPPORTED,
                    "of a hash partition by a text PostgreSQL takes no check as a proof, and would read all rows while"
                            + " nobody may read or write them; create it as a partition, and fill it then");
        }
        MultiStatement trial = new MultiStatement()
                .add("CREATE TABLE pg_temp." + PARENT + " (" + columns + ") PARTITION BY " + there.key);
        there.siblings.forEach((sibling, itsBound) -> trial.add("CREATE TABLE pg_temp."
                + new Identifier(sibling).quoted() + " PARTITION OF pg_temp." + PARENT + " " + itsBound));
        List<String> bounds = new ArrayList<>();
        List<String> expressions = new ArrayList<>();
        trial.add("CREATE TABLE pg_temp." + name.quoted() + " (" + columns + ")")
                .add("SET LOCAL search_path = " + searchPath)
                .add("ALTER TABLE pg_temp." + PARENT + " ATTACH PARTITION pg_temp." + name.quoted() + "\n" + bound
                        + "\n")
                .add("SET LOCAL search_path = ''")
                .query("""
                        SELECT pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
                               -- Of a hash partition it names the partitioned table.
                               replace(pg_catalog.pg_get_partition_constraintdef(c.oid),
                                       'satisfies_hash_partition(''' || i.inhparent || '''::oid',
                                       'satisfies_hash_partition(''%d''::oid') AS expression
                        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
                        WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = %s""".formatted(table, Literals.quote(name.name())), row -> {
                    bounds.add(row.getString("bound"));
                    String expression = row.getString("expression");
                    if (expression != null) {
                        expressions.add(expression);
                    }
                })
                .add("DROP TABLE pg_temp." + PARENT)
                .run(connection);
        String own = expressions.isEmpty() ? null : expressions.getFirst();
        boolean isDefault = bounds.getFirst().equals("DEFAULT");
        Probe.Check check = own == null && there.above == null
                ? null
                : checks.written(
                        own == null
                                ? there.above
                                : there.above == null ? own : "(" + own + ") AND (" + there.above + ")");
        Probe.Check exclusion =
                own == null || isDefault || there.defaultPartition == 0 ? null : checks.written("NOT (" + own + ")");
        return new Probe.Partition(
                there.parent,
                there.bound,
                there.pending,
                bounds.getFirst(),
                check == null ? null : check.expression(),
                check == null ? Set.of() : check.forms(),
                exclusion == null ? null : exclusion.expression(),
                exclusion == null ? Set.of() : exclusion.forms(),
                there.defaultPartition,
                there.nullable,
                there.referencing);
    }

    /** Tries nothing: what the catalog says is enough. */
    Probe detach() throws SQLException {
        There there = there();
        List<String> referring = new ArrayList<>();
        new MultiStatement()
                .query("""
                        SELECT DISTINCT pg_catalog.quote_ident(ns.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS name
                        FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = t.relnamespace
                        WHERE c.contype = 'f' AND c.conparentid <> 0 AND c.confrelid = %d ORDER BY 1""".formatted(partition), row -> referring.add(row.getString("name")))
                .run(connection);
        return there.parent == table && !referring.isEmpty()
                ? new Probe.Failed(
                        NOT_SUPPORTED,
                        "foreign keys of %s refer to the partitioned table: PostgreSQL would read all their rows while nobody may write them; drop these keys first (dropConstraint), and add them again"
                                .formatted(String.join(", ", referring)))
                : new Probe.Partition(
                        there.parent,
                        there.bound,
                        there.pending,
                        null,
                        null,
                        Set.of(),
                        null,
                        Set.of(),
                        there.defaultPartition,
                        List.of(),
                        List.of());
    }

    private There there() throws SQLException {
        There there = new There();
        Set<String> names = new HashSet<>(Set.of(PARENT, name.name()));
        new MultiStatement()
                .query("""
                        SELECT pg_catalog.pg_get_partkeydef(p.partrelid) AS key, p.partdefid AS default_partition,
                               pg_catalog.pg_get_partition_constraintdef(p.partrelid) AS above
                        FROM pg_catalog.pg_partitioned_table AS p WHERE p.partrelid = %d""".formatted(table), row -> {
                    there.key = row.getString("key");
                    there.above = row.getString("above");
                    there.defaultPartition = row.getLong("default_partition");
                })
                .query("""
                        SELECT i.inhparent AS parent, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
                               -- There from 14 on.
                               coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::pg_catalog.bool, false) AS pending
                        FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
                        WHERE i.inhrelid = %d""".formatted(partition), row -> {
                    there.parent = row.getLong("parent");
                    there.bound = row.getString("bound");
                    there.pending = row.getBoolean("pending");
                })
                .query("""
                        SELECT c.relname::pg_catalog.text AS name, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound
                        FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
                        WHERE i.inhparent = %d AND i.inhrelid <> %d ORDER BY c.oid LIMIT %d""".formatted(table, partition, MOST_PARTITIONS + 1), row -> {
                    // As the messages are to name them; of two that differ by the schema alone, one.
                    String sibling = row.getString("name");
                    there.siblings.put(
                            names.add(sibling) ? sibling : "phaselock_" + there.siblings.size(),
                            row.getString("bound"));
                })
                .query("""
                        SELECT mine.attname::pg_catalog.text AS name
                        FROM pg_catalog.pg_attribute AS its
                        JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = %d AND mine.attname = its.attname
                        WHERE its.attrelid = %d AND its.attnum > 0 AND its.attnotnull
                          AND (NOT mine.attnotnull
                               -- From 18 on there may be one that is not valid.
                               OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS c
                                          WHERE c.conrelid = mine.attrelid AND c.contype = 'n'
                                            AND c.conkey = ARRAY[mine.attnum] AND NOT c.convalidated))
                        ORDER BY its.attnum""".formatted(partition, table), row -> there.nullable.add(row.getString("name")))
                .query("""
                        SELECT DISTINCT c.conrelid AS oid FROM pg_catalog.pg_constraint AS c
                        WHERE c.contype = 'f' AND c.confrelid = %d AND c.conparentid = 0 ORDER BY 1""".formatted(table), row -> there.referencing.add(row.getLong("oid")))
                .query("""
                        SELECT EXISTS (
                            SELECT FROM pg_catalog.pg_partition_ancestors(%d) AS a (oid)
                            JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = a.oid AND p.partstrat = 'h'
                            CROSS JOIN LATERAL pg_catalog.unnest(p.partcollation::pg_catalog.oid[]) AS c (oid)
                            WHERE c.oid <> 0) AS of_text""".formatted(table), row -> there.hashOfText = row.getBoolean("of_text"))
                .run(connection);
        return there;
    }
}
