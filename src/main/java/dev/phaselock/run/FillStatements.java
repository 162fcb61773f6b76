package dev.phaselock.run;

import dev.phaselock.api.BackfillSpec;
import dev.phaselock.change.Durations;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements of a {@link Backfill}. Each is a transaction of its own; only those of batches have a timeout.
 *
 * <p>Rows are named by their {@code ctid}: those of a batch are locked first, by a query that passes over what others hold
 * ({@code SKIP LOCKED}), and then written by a TID scan of just them. A join of the two could become a scan of the table.
 *
 * <p>From PostgreSQL 14 on a range of {@code ctid} reads just its blocks. On 13 it would read the whole table each time;
 * there the possible {@code ctid}s of the range are listed, as {@link ViolationSearch} does.
 */
final class FillStatements {
    /** What a search gives at most. */
    static final int MOST_FOUND = 1000;

    private static final int WINDOW = 512;
    private static final int LISTED_WINDOW = 128;
    private static final int TID_RANGE_SCAN_SINCE = 140_000;

    /** Below it a batch is all overhead. */
    private static final Duration SHORTEST_TARGET = Duration.ofMillis(10);

    private final Connection session;
    private final String table;
    private final String column;
    private final long oid;
    private final boolean ranged;

    /**
     * @param written rows that were written
     * @param nulls those of them that still are null, for the default is
     * @param heldByOthers rows without a value that others held, or that were written or deleted meanwhile
     */
    record Batch(long written, long nulls, long heldByOthers) {}

    FillStatements(Connection session, Step.Backfill step, Duration lockTimeout) throws SQLException {
        this.session = session;
        this.table = step.table().name().quoted();
        this.column = new Identifier(step.column()).quoted();
        this.oid = step.table().oid();
        // Rows that row security hides would stay without a value: rather an error.
        execute("SET row_security = off");
        execute("SET lock_timeout = '" + Math.max(1, lockTimeout.toMillis()) + "ms'");
        this.ranged = number("SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int8")
                >= TID_RANGE_SCAN_SINCE;
    }

    static Duration target(BackfillSpec settings) {
        Duration target = Durations.parse(settings.batchTarget());
        return target.compareTo(SHORTEST_TARGET) < 0 ? SHORTEST_TARGET : target;
    }

    /** How many blocks are looked at together. */
    int window() {
        return ranged ? WINDOW : LISTED_WINDOW;
    }

    /** How many the table has now. What comes later has the default. */
    long blocks() throws SQLException {
        return number(
                "SELECT (pg_catalog.pg_relation_size(" + oid + "::pg_catalog.oid::pg_catalog.regclass)"
                        + " + b.size - 1) / b.size FROM (SELECT pg_catalog.current_setting('block_size')::pg_catalog.int8) AS b (size)");
    }

    /** Whether rows of a range have no value. It locks none. */
    boolean anyIn(long from, long to) throws SQLException {
        return number("SELECT count(*) FROM (SELECT FROM ONLY " + table + " AS r WHERE " + range(from, to) + " AND "
                        + missing() + " LIMIT 1) AS one")
                > 0;
    }

    /** The {@code ctid}s of rows without a value, {@link #MOST_FOUND} at most. */
    List<String> search() throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT r.ctid::pg_catalog.text FROM ONLY " + table
                        + " AS r WHERE " + missing() + " LIMIT " + MOST_FOUND)) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    /** Fills the rows of a range. */
    Batch batch(long from, long to, Duration limit) throws SQLException {
        return batch(range(from, to), limit);
    }

    /** Fills these rows, where they still are there. */
    Batch batch(List<String> rowIds, Duration limit) throws SQLException {
        return batch(
                rowIds.stream()
                        .map(rowId -> "'" + rowId + "'")
                        .collect(Collectors.joining(", ", "r.ctid = ANY (ARRAY[", "]::pg_catalog.tid[])")),
                limit);
    }

    /** One message, so that neither a slow network nor a client that dies keeps the rows. */
    private Batch batch(String which, Duration limit) throws SQLException {
        String rows = " FROM ONLY " + table + " AS r WHERE " + which + " AND " + missing();
        String sql =
                "BEGIN;\nSET LOCAL statement_timeout = " + limit.toMillis() + ";\nWITH filled AS (UPDATE ONLY " + table
                        + " AS f SET " + column + " = DEFAULT WHERE f.ctid = ANY (ARRAY(SELECT r.ctid" + rows
                        + " FOR NO KEY UPDATE SKIP LOCKED)) RETURNING f." + column
                        + " IS NOT DISTINCT FROM NULL AS empty)"
                        + " SELECT count(*), count(*) FILTER (WHERE empty), (SELECT count(*)" + rows
                        + ") - count(*) FROM filled;\nCOMMIT";
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            boolean result = statement.execute(sql);
            while (!result && statement.getUpdateCount() >= 0) {
                result = statement.getMoreResults();
            }
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                return new Batch(row.getLong(1), row.getLong(2), row.getLong(3));
            }
        } catch (SQLException e) {
            if (!session.isClosed()) {
                try {
                    execute("ROLLBACK");
                } catch (SQLException rollback) {
                    e.addSuppressed(rollback);
                }
            }
            throw e;
        }
    }

    private String missing() {
        return "r." + column + " IS NOT DISTINCT FROM NULL";
    }

    private String range(long from, long to) {
        return ranged
                ? "r.ctid >= '(" + from + ",0)'::pg_catalog.tid AND r.ctid < '(" + to + ",0)'::pg_catalog.tid"
                : """
                r.ctid = ANY (ARRAY(
                  SELECT ('(' || block || ',' || item || ')')::pg_catalog.tid
                  FROM pg_catalog.generate_series(%d, %d) AS block,
                       pg_catalog.generate_series(1, (pg_catalog.current_setting('block_size')::pg_catalog.int4 - 24) / 28) AS item))""".formatted(from, to - 1);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
