package dev.phaselock.run;

import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.Step.DuplicateQuery;
import dev.phaselock.plan.Violations;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows for which a unique index cannot be built: by grouping all of them, in one statement, which reads and
 * sorts the table as the build did.
 */
final class DuplicateSearch {
    private static final int LONGEST_KEY = 200;

    private final SessionFactory sessions;
    private final int sampleSize;
    private final Interruption interruption;
    private final ProgressListener listener;

    /** @param sampleSize how many duplicate keys are wanted */
    DuplicateSearch(SessionFactory sessions, int sampleSize, Interruption interruption, ProgressListener listener) {
        this.sessions = sessions;
        this.sampleSize = sampleSize;
        this.interruption = interruption;
        this.listener = listener;
    }

    /** What was found; null when there is nothing any more. */
    @Nullable
    Violations search(DuplicateQuery query) throws SQLException {
        listener.progress(new PhaseProgress(Activity.VERIFYING, LockReport.NONE, List.of(), null, 0));
        try (Connection session = sessions.open()) {
            interruption.watch(session);
            try (Statement statement = session.createStatement()) {
                statement.setEscapeProcessing(false);
                // Rows that row security hides would be missing in the count: rather an error.
                statement.execute("SET row_security = off");
                statement.execute("SET default_transaction_read_only = on");
                try (ResultSet row = statement.executeQuery(sql(query, sampleSize))) {
                    long count = 0;
                    List<String> sample = new ArrayList<>();
                    while (row.next()) {
                        count = row.getLong(1);
                        if (sample.size() < sampleSize) {
                            sample.add(key(query, row));
                        }
                    }
                    return count == 0
                            ? null
                            : new Violations(query.index(), query.table().name().toString(), count, sample);
                }
            } finally {
                interruption.forget(session);
            }
        }
    }

    /** All rows of the groups in the first column, and some of the groups. */
    private static String sql(DuplicateQuery query, int sampleSize) {
        String keys = String.join(", ", query.keys());
        String where = Stream.concat(
                        Stream.ofNullable(query.predicate()),
                        query.nullsDistinct() ? query.keys().stream().map(DuplicateSearch::present) : Stream.of())
                .map(condition -> "(" + condition + ")")
                .collect(Collectors.joining(" AND ", " WHERE ", ""));
        return "SELECT pg_catalog.sum(g.n) OVER (), g.n, g.* FROM (SELECT pg_catalog.count(*) AS n, "
                + IntStream.range(0, query.keys().size())
                        .mapToObj(i -> "(" + query.keys().get(i) + ")::pg_catalog.text AS k" + i)
                        .collect(Collectors.joining(", "))
                + " FROM ONLY " + query.table().name().quoted() + " AS " + query.alias()
                + (where.equals(" WHERE ") ? "" : where)
                + " GROUP BY " + keys + " HAVING pg_catalog.count(*) > 1) AS g LIMIT " + Math.max(1, sampleSize);
    }

    /** IS NOT NULL of a composite type would mean its fields. */
    private static String present(String key) {
        return "(" + key + ") IS DISTINCT FROM NULL";
    }

    private static String key(DuplicateQuery query, ResultSet row) throws SQLException {
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < query.keys().size(); i++) {
            key.append(i == 0 ? "" : ", ")
                    .append(query.names().get(i))
                    .append('=')
                    .append(row.getString("k" + i));
        }
        key.append(" (").append(row.getLong(2)).append(" rows)");
        return key.length() <= LONGEST_KEY ? key.toString() : key.substring(0, LONGEST_KEY) + "…";
    }
}
