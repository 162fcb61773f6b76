package dev.phaselock.run;

import dev.phaselock.api.Verified;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.Step.ViolationQuery;
import dev.phaselock.plan.Violations;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows that violate a constraint, in ranges of blocks, each in a snapshot of its own: vacuum is never held back for
 * longer than one range takes, and progress is known. Several connections share the ranges.
 *
 * <p>From PostgreSQL 14 on a range of {@code ctid} reads just its blocks. On 13 it would read the whole table each time;
 * there the possible {@code ctid}s of the range are listed, which a TID scan fetches one by one.
 *
 * <p>A search that ends early tells how far it was ({@link Verified}), so that the next goes on there.
 *
 * <p>The count is "at least": a row that is updated while the search goes on may move behind it.
 */
final class ViolationSearch {
    /** 16 MiB of blocks of 8 KiB: some tens of milliseconds of reading. */
    private static final long BLOCKS_PER_RANGE = 2048;

    /** On 13 every possible row of a block is asked for. */
    private static final long BLOCKS_PER_LISTED_RANGE = 128;

    private static final int TID_RANGE_SCAN_SINCE = 140_000;
    private static final int LONGEST_KEY = 200;
    private static final Duration PROGRESS_EVERY = Duration.ofMillis(500);

    private final SessionFactory sessions;
    private final int connections;
    private final int sampleSize;
    private final int pace;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;

    /**
     * @param connections how many sessions search at once
     * @param sampleSize how many keys of violating rows are wanted, of each constraint
     * @param pace how much of the time each session may work, percent, 1 to 100
     */
    ViolationSearch(
            SessionFactory sessions,
            int connections,
            int sampleSize,
            int pace,
            Timing timing,
            Interruption interruption,
            ProgressListener listener) {
        this.sessions = sessions;
        this.connections = connections;
        this.sampleSize = sampleSize;
        this.pace = pace;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
    }

    /** What was found in one table. */
    private static final class Found {
        private long count;
        private final List<String> sample = new ArrayList<>();

        synchronized boolean isEmpty() {
            return count == 0;
        }
    }

    /**
     * Searches.
     *
     * @param phaseSession is asked how large the tables are; the search has sessions of its own
     * @param verified what an earlier search has looked through; null when there was none
     * @return the violations by table; empty when there are none
     * @throws CancellationException when the interruption was asked for
     */
    List<Violations> search(Connection phaseSession, List<ViolationQuery> queries, @Nullable Verified verified)
            throws SQLException {
        long startedAt = timing.nanoTime();
        Map<ViolationQuery, Found> found = new LinkedHashMap<>();
        queries.forEach(query -> found.put(query, new Found()));
        BlockRanges ranges = new BlockRanges();
        boolean listed = version(phaseSession) < TID_RANGE_SCAN_SINCE;
        for (ViolationQuery query : queries) {
            ranges.add(query, blocks(phaseSession, query), listed ? BLOCKS_PER_LISTED_RANGE : BLOCKS_PER_RANGE);
        }
        ranges.goOnAt(verified);
        AtomicLong toldAt = new AtomicLong(startedAt);
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(RunnerThreads.FACTORY)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < Math.min(connections, Math.max(1, ranges.size())); i++) {
                workers.add(executor.submit(() -> {
                    try (Connection session = open()) {
                        for (var range = ranges.next(); range.isPresent(); range = ranges.next()) {
                            if (interruption.requested()) {
                                throw new CancellationException();
                            }
                            long began = timing.nanoTime();
                            search(session, range.get(), found.get(range.get().query()), listed);
                            ranges.done(range.get());
                            tell(toldAt, startedAt, ranges, found);
                            rest(timing.nanoTime() - began);
                        }
                        interruption.forget(session);
                    }
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                try {
                    worker.get();
                } catch (ExecutionException e) {
                    ranges.stop();
                    switch (e.getCause()) {
                        case SQLException cause -> throw cause;
                        case RuntimeException cause -> throw cause;
                        default -> throw new IllegalStateException(e.getCause());
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    ranges.stop();
                    throw new CancellationException();
                }
            }
        }
        return found.entrySet().stream()
                .filter(entry -> entry.getValue().count > 0)
                .map(entry -> new Violations(
                        entry.getKey().constraint(),
                        entry.getKey().tableName().toString(),
                        entry.getValue().count,
                        entry.getValue().sample))
                .toList();
    }

    private Connection open() throws SQLException {
        Connection session = sessions.open();
        interruption.watch(session);
        try (Statement statement = session.createStatement()) {
            // Rows that row security hides would be missing in the count: rather an error.
            statement.execute("SET row_security = off");
            statement.execute("SET default_transaction_read_only = on");
        }
        return session;
    }

    private void rest(long workedNanos) {
        if (pace < 100) {
            timing.sleep(Duration.ofNanos(workedNanos * (100 - pace) / pace));
        }
    }

    private void tell(AtomicLong toldAt, long startedAt, BlockRanges ranges, Map<ViolationQuery, Found> found) {
        long now = timing.nanoTime();
        long before = toldAt.get();
        if (now - before >= PROGRESS_EVERY.toNanos() && toldAt.compareAndSet(before, now)) {
            boolean clean = found.values().stream().allMatch(Found::isEmpty);
            listener.progress(PhaseProgress.verifying(
                    ranges.percent(), clean ? ranges.verified() : null, Duration.ofNanos(now - startedAt)));
        }
    }

    private static long blocks(Connection session, ViolationQuery query) throws SQLException {
        return number(
                session,
                "SELECT pg_catalog.pg_relation_size(" + query.table().oid() + "::pg_catalog.oid::pg_catalog.regclass)"
                        + " / pg_catalog.current_setting('block_size')::pg_catalog.int8");
    }

    private void search(Connection session, BlockRanges.Range range, Found found, boolean listed) throws SQLException {
        ViolationQuery query = range.query();
        String from = " FROM ONLY " + query.tableName().quoted() + " AS " + query.alias() + " WHERE "
                + (listed ? listed(range) : ranged(range)) + " AND (" + query.predicate() + ")";
        long count = number(session, "SELECT pg_catalog.count(*)" + from);
        if (count == 0) {
            return;
        }
        int wanted;
        synchronized (found) {
            found.count += count;
            wanted = sampleSize - found.sample.size();
        }
        if (wanted <= 0) {
            return;
        }
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            try (ResultSet row = statement.executeQuery("SELECT " + keys(query) + from + " LIMIT " + wanted)) {
                while (row.next()) {
                    String key = key(query, row);
                    synchronized (found) {
                        if (found.sample.size() < sampleSize) {
                            found.sample.add(key);
                        }
                    }
                }
            }
        }
    }

    /** The last range has no end: the table may have grown. */
    private static String ranged(BlockRanges.Range range) {
        String alias = range.query().alias();
        return alias + ".ctid >= '(" + range.from() + ",0)'::pg_catalog.tid"
                + (range.last() ? "" : " AND " + alias + ".ctid < '(" + range.to() + ",0)'::pg_catalog.tid");
    }

    private static String listed(BlockRanges.Range range) {
        long to = range.last() ? range.to() + BLOCKS_PER_LISTED_RANGE : range.to();
        return range.query().alias() + """
                .ctid = ANY (ARRAY(
                  SELECT ('(' || block || ',' || item || ')')::pg_catalog.tid
                  FROM pg_catalog.generate_series(%d, %d) AS block,
                       pg_catalog.generate_series(1, (pg_catalog.current_setting('block_size')::pg_catalog.int4 - 24) / 28) AS item))""".formatted(range.from(), to - 1);
    }

    private static String keys(ViolationQuery query) {
        return query.keyColumns().isEmpty()
                ? query.alias() + ".ctid::pg_catalog.text"
                : query.keyColumns().stream()
                        .map(column -> query.alias() + "." + new Identifier(column).quoted() + "::pg_catalog.text")
                        .collect(Collectors.joining(", "));
    }

    private static String key(ViolationQuery query, ResultSet row) throws SQLException {
        List<String> names = query.keyColumns().isEmpty() ? List.of("ctid") : query.keyColumns();
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            key.append(i == 0 ? "" : ", ").append(names.get(i)).append('=').append(row.getString(i + 1));
        }
        return key.length() <= LONGEST_KEY ? key.toString() : key.substring(0, LONGEST_KEY) + "…";
    }

    private static int version(Connection session) throws SQLException {
        return (int) number(session, "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int8");
    }

    private static long number(Connection session, String sql) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        }
    }
}
