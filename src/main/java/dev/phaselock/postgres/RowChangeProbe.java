package dev.phaselock.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.RunStatement.RowChange;
import dev.phaselock.plan.Probe;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Asks the server how many rows a change of rows would touch, and what else it would set off. Nothing is run. */
final class RowChangeProbe {
    /** Rows that are changed, by the planner's estimate. */
    private static final double MOST_ROWS = 1_000;

    /** The planner's unit is about the reading of a page: some tens of milliseconds to some hundreds. */
    private static final double MOST_COST = 20_000;

    private static final String IN_BATCHES =
            ": run it by hand, in batches of their own transactions (a new column's value addColumn fills in so)";

    private final Connection connection;
    private final String searchPath;

    RowChangeProbe(Connection connection, String searchPath) {
        this.connection = connection;
        this.searchPath = searchPath;
    }

    Probe of(RunStatement run, List<RelationLock> locks) throws SQLException {
        RowChange change = java.util.Objects.requireNonNull(run.rows());
        if (locks.isEmpty()) {
            return new Probe.Failed("42P01", "the table is not there");
        }
        String why = trigger(change, locks.getFirst().relation().oid());
        if (why == null) {
            why = function(change.functions());
        }
        if (why == null) {
            why = size(run.sql());
        }
        return new Probe.Statement(false, true, null, why, locks);
    }

    /** What fires for it that may do something else each time. */
    private @Nullable String trigger(RowChange change, long table) throws SQLException {
        int event = switch (change.event()) {
            case "INSERT" -> 4 | 16;
            case "DELETE" -> 8;
            default -> 16;
        };
        List<String> found = new ArrayList<>();
        new MultiStatement()
                .query(
                        """
                        SELECT 'trigger ' || pg_catalog.quote_ident(t.tgname) || ' fires for it, and what that does twice is not known'
                        FROM pg_catalog.pg_trigger AS t
                        WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & %d <> 0
                          AND t.tgrelid IN (SELECT %d UNION SELECT relid FROM pg_catalog.pg_partition_tree(%d))
                        UNION ALL
                        SELECT 'a rule of the table rewrites it' FROM pg_catalog.pg_rewrite AS r
                        WHERE r.ev_class = %d AND r.ev_type <> '1'
                        UNION ALL
                        SELECT 'foreign key ' || pg_catalog.quote_ident(k.conname) || ' changes rows of '
                               || k.conrelid::pg_catalog.regclass || ' with it, and how many is not in its plan'
                        FROM pg_catalog.pg_constraint AS k
                        WHERE k.contype = 'f' AND k.confrelid = %d
                          AND (CASE WHEN %s THEN k.confdeltype ELSE k.confupdtype END) IN ('c', 'n', 'd') AND %s""".formatted(
                                        event,
                                        table,
                                        table,
                                        table,
                                        table,
                                        change.deleting(),
                                        change.event().equals("INSERT") ? "false" : "true"),
                        row -> found.add(row.getString(1)))
                .run(connection);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** By their names alone: of several of one name all count. Of other schemas than pg_catalog only immutable ones. */
    private @Nullable String function(List<QualifiedName> functions) throws SQLException {
        List<String> found = new ArrayList<>();
        for (QualifiedName function : functions) {
            new MultiStatement()
                    .query(
                            """
                            SELECT pg_catalog.quote_ident(p.proname) FROM pg_catalog.pg_proc AS p
                            JOIN pg_catalog.pg_namespace AS ns ON ns.oid = p.pronamespace
                            WHERE p.proname = %s AND (%s)
                              AND (p.provolatile = 'v' OR p.provolatile = 's' AND ns.nspname <> 'pg_catalog') LIMIT 1""".formatted(
                                            Literals.quote(function.name().name()),
                                            function.schema() == null
                                                    ? "true"
                                                    : "ns.nspname = "
                                                            + Literals.quote(function.schema()
                                                                    .name())),
                            row -> found.add(row.getString(1)))
                    .run(connection);
        }
        return found.isEmpty()
                ? null
                : "function " + found.getFirst()
                        + " may give another value each time, so that twice is not the same as once";
    }

    private @Nullable String size(String sql) throws SQLException {
        StringBuilder plan = new StringBuilder();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query("EXPLAIN (FORMAT JSON)\n" + sql, row -> plan.append(row.getString(1)))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        JsonNode top;
        try {
            top = new ObjectMapper().readTree(plan.toString()).path(0).path("Plan");
        } catch (JsonProcessingException e) {
            throw new SQLException("EXPLAIN gave no JSON", e);
        }
        double rows = 0;
        for (JsonNode input : top.path("Plans")) {
            rows += input.path("Plan Rows").asDouble();
        }
        double cost = top.path("Total Cost").asDouble();
        if (rows > MOST_ROWS) {
            return String.format(
                            Locale.ROOT, "by its plan it changes about %,.0f rows, more than %,.0f", rows, MOST_ROWS)
                    + IN_BATCHES;
        }
        return cost > MOST_COST
                ? String.format(
                                Locale.ROOT,
                                "by its plan it reads too much (a cost of %,.0f, more than %,.0f)",
                                cost,
                                MOST_COST)
                        + IN_BATCHES
                : null;
    }
}
