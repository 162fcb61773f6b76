package dev.phaselock.postgres;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Relation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads where a session stands that builds or drops an index: {@code pg_stat_progress_create_index}, and whose
 * transactions it waits for. A role that may not see the session's progress sees for whom it waits all the same.
 */
public final class BuildView {
    /** What those hold for whom it waits: {@code CONCURRENTLY} waits for the end of transactions. */
    private static final String TRANSACTION = "transaction";

    private static final String PROGRESS = """
            SELECT p.phase,
                   CASE WHEN p.blocks_total > 0 THEN 100 * p.blocks_done / p.blocks_total
                        WHEN p.tuples_total > 0 THEN 100 * p.tuples_done / p.tuples_total END
            FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.pid = ?""";

    private static final String BLOCKERS = """
            SELECT nullif(b.pid, 0), coalesce(a.application_name, ''),
                   CASE WHEN b.pid = 0 THEN 'prepared' ELSE a.state END,
                   coalesce(floor(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000), 0),
                   pg_catalog.host(a.client_addr)
            FROM (SELECT DISTINCT pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(?)) AS pid) AS b
            LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
            ORDER BY 4 DESC""";

    private final Connection connection;

    /**
     * @param connection one that is used by nobody else at the same time, and not the one that builds
     */
    public BuildView(Connection connection) {
        this.connection = connection;
    }

    /**
     * Where it stands.
     *
     * @param phase as in {@code pg_stat_progress_create_index}; null where the role may not see it, or when none is built
     * @param percent of the phase, 0 to 100; null when unknown
     * @param waitsFor those for whose transactions it waits, the oldest first
     */
    public record Build(@Nullable String phase, @Nullable Integer percent, List<Blocker> waitsFor) {
        public Build {
            waitsFor = List.copyOf(waitsFor);
        }
    }

    /**
     * Of one session.
     *
     * @param pid its
     * @param relation the index's table
     */
    public Build read(int pid, Relation relation) throws SQLException {
        // First for whom it waits: what it says of itself then is of this wait or of a later one.
        List<Blocker> waitsFor = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(BLOCKERS)) {
            statement.setInt(1, pid);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    waitsFor.add(new Blocker(
                            row.getObject(1) == null ? null : row.getInt(1),
                            row.getString(2),
                            Objects.requireNonNullElse(row.getString(3), "unknown"),
                            row.getLong(4),
                            TRANSACTION,
                            relation.name().toString(),
                            row.getString(5)));
                }
            }
        }
        String phase = null;
        Integer percent = null;
        try (PreparedStatement statement = connection.prepareStatement(PROGRESS)) {
            statement.setInt(1, pid);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    phase = row.getString(1);
                    int value = row.getInt(2);
                    percent = row.wasNull() ? null : Math.clamp(value, 0, 100);
                }
            }
        }
        return new Build(phase, percent, waitsFor);
    }
}
