package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Carries a plan out plainly, statement by statement: the locks that the server takes must be those of the plan, no brief
 * step may read rows, and the catalog must then say that the phase is done.
 */
public final class PlanTrial {
    private static final List<Identifier> SCHEMAS = List.of(new Identifier("public"));

    private PlanTrial() {}

    /** Carries the changes out in one database and plain statements in another: they must be the same then. */
    static void equalsPlain(PgServer server, List<String> setup, List<String> plain, ChangeSpec... specs)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup.toArray(String[]::new));
        carryOut(database, List.of(specs));
        PgDatabase other = server.newDatabase();
        other.execute(setup.toArray(String[]::new));
        other.execute(plain.toArray(String[]::new));
        assertThat(schema(database)).isEqualTo(schema(other));
    }

    static List<String> schema(PgDatabase database) throws SQLException {
        return SchemaText.of(database);
    }

    /** Carries it out in a database, in the order of the plan. */
    public static void carryOut(PgDatabase database, List<ChangeSpec> specs) throws SQLException {
        List<Change> changes = Changes.from(specs);
        try (Connection connection = database.connect()) {
            Plan plan = plan(connection, changes);
            String hash = plan.hash();
            assertThat(plan.validated()).isFalse();
            for (int i = 0; i < plan.phases().size(); i++) {
                for (Step step : plan.phases().get(i).steps()) {
                    if (!step.done()) {
                        carryOut(database, connection, step);
                    }
                }
                List<String> names = plan.phases().stream().map(Phase::name).toList();
                List<String> labels = plan.phases().stream().map(Phase::label).toList();
                plan = plan(connection, changes)
                        .reached(
                                names.get(i),
                                true,
                                change -> changes.get(change).toldByOrder());
                assertThat(plan.hash()).isEqualTo(hash);
                assertThat(plan.phases()).extracting(Phase::name).isEqualTo(names);
                assertThat(plan.phases()).extracting(Phase::label).isEqualTo(labels);
                boolean reads = plan.phases().get(i).type() == PhaseType.VERIFY;
                assertThat(plan.phases().get(i).done() || reads).isTrue();
            }
            assertThat(plan.applied()).isTrue();
            assertThat(plan.validated()).isTrue();
        }
    }

    /** The change is refused in a database of this setup, with these words in the message. */
    static void assertRefused(PgServer server, String message, ChangeSpec change, String... setup) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup);
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }

    public static Plan plan(Connection connection, List<Change> changes) throws SQLException {
        return Planner.plan(changes, ValidationSpec.DEFAULT, CatalogReader.read(connection, changes, SCHEMAS));
    }

    static void carryOut(PgDatabase database, Connection connection, Step step) throws SQLException {
        if (step instanceof Step.Concurrent concurrent) {
            assertThat(ConcurrentTrial.locks(database, connection, concurrent.statements()))
                    .as("locks of %s", concurrent.statements())
                    .isEqualTo(planned(concurrent.locks()));
            return;
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL client_min_messages = debug1");
            switch (step) {
                case Step.Brief brief -> {
                    assertGuard(statement, brief);
                    Map<String, String> files = files(statement);
                    long scans = scans(statement);
                    assertThat(messages(statement, brief.statements()))
                            .as("messages of %s", brief.statements())
                            .noneMatch(message -> message.contains("validating")
                                    || message.contains("verifying")
                                    || message.contains("rewriting")
                                    // A column that may become long gives its table a TOAST table, which is empty.
                                    || (message.contains("building index")
                                            && !message.contains("\"pg_toast_")
                                            && !ofEmptyTable(brief)));
                    assertLocks(statement, brief.locks());
                    // What is gone has no file, and what is new had none.
                    files.keySet().retainAll(files(statement).keySet());
                    assertThat(files(statement))
                            .as("files after %s", brief.statements())
                            .containsAllEntriesOf(files);
                    if (!ofEmptyTable(brief) && !changesRows(brief)) {
                        // Fewer where an index goes whose scans count still: the server tells them a little later.
                        assertThat(scans(statement))
                                .as("scans of %s", brief.statements())
                                .isLessThanOrEqualTo(scans);
                    }
                }
                case Step.Validate validate -> {
                    messages(statement, List.of(validate.statement()));
                    assertLocks(statement, validate.locks());
                    assertNone(statement, validate.violations());
                }
                case Step.Backfill backfill -> {
                    messages(statement, List.of(backfill.statement()));
                    assertLocks(statement, List.of(backfill.lock()));
                }
                case Step.Concurrent _ -> throw new AssertionError("not in a transaction");
                case Step.Verify verify -> assertNone(statement, verify.queries());
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** The file of each table and index: another one after a rewrite. */
    private static Map<String, String> files(Statement statement) throws SQLException {
        Map<String, String> files = new TreeMap<>();
        try (ResultSet row = statement.executeQuery(
                "SELECT oid, pg_relation_filenode(oid) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 't', 'm')")) {
            while (row.next()) {
                files.put(row.getString(1), row.getString(2));
            }
        }
        return files;
    }

    /**
     * How often this session began to read a table of a user, and rows that it read: the server counts them, those of an
     * earlier transaction too until it has handed them on.
     */
    private static long scans(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(
                "SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0) + seq_tup_read), 0) FROM pg_stat_xact_user_tables")) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Few ones, by a statement that locks no more than any that writes. */
    private static boolean changesRows(Step.Brief brief) {
        return !brief.locks().isEmpty()
                && brief.locks().stream().allMatch(lock -> lock.mode() == LockMode.ROW_EXCLUSIVE);
    }

    /** Of a new table, or for an exclusion constraint, which only an empty one gets. */
    private static boolean ofEmptyTable(Step.Brief brief) {
        return brief.statements().stream()
                .anyMatch(sql -> sql.startsWith("CREATE TABLE ") || sql.contains(" EXCLUDE "));
    }

    /** As it stands in the runner's message. */
    private static void assertGuard(Statement statement, Step.Brief brief) throws SQLException {
        if (brief.guard() != null) {
            statement.execute("DO $phaselock$ BEGIN IF (" + brief.guard()
                    + ") IS NOT TRUE THEN RAISE EXCEPTION 'the guard is not true'; END IF; END $phaselock$");
        }
    }

    private static List<String> messages(Statement statement, List<String> sql) throws SQLException {
        List<String> messages = new ArrayList<>();
        for (String one : sql) {
            statement.clearWarnings();
            statement.execute(one);
            for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
                messages.add(warning.getMessage());
            }
        }
        return messages;
    }

    private static void assertNone(Statement statement, List<Step.ViolationQuery> queries) throws SQLException {
        assertThat(queries).isNotNull();
        for (Step.ViolationQuery query : queries) {
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM ONLY "
                    + query.tableName().quoted() + " AS " + query.alias() + " WHERE " + query.predicate())) {
                row.next();
                assertThat(row.getLong(1)).as(query.predicate()).isZero();
            }
        }
    }

    private static void assertLocks(Statement statement, List<RelationLock> locks) throws SQLException {
        Map<String, LockMode> planned = planned(locks);
        Map<String, LockMode> held = held(statement, locks);
        // What a partition's bounds are is read from its ancestors, unless it is in the session's cache.
        held.entrySet()
                .removeIf(lock -> lock.getValue() == LockMode.ACCESS_SHARE && !planned.containsKey(lock.getKey()));
        assertThat(held).isEqualTo(planned);
    }

    private static Map<String, LockMode> planned(List<RelationLock> locks) {
        Map<String, LockMode> planned = new TreeMap<>();
        locks.forEach(lock -> planned.put(lock.relation().name().name().name(), lock.mode()));
        return planned;
    }

    /** The strongest lock that this session holds on each table. */
    private static Map<String, LockMode> held(Statement statement, List<RelationLock> locks) throws SQLException {
        Map<String, LockMode> held = new TreeMap<>();
        // One that was dropped is in the catalog no more, and one that was renamed is by another name.
        String planned = locks.stream()
                .map(lock -> lock.relation().oid() + ", '"
                        + lock.relation().name().name().name().replace("'", "''") + "'")
                .collect(Collectors.joining("), (", "(VALUES (0, ''), (", "))"))
                .replace(", ())", ")");
        try (ResultSet row = statement.executeQuery("""
                SELECT coalesce(planned.name, c.relname), l.mode FROM pg_locks l
                LEFT JOIN pg_class c ON c.oid = l.relation
                LEFT JOIN %s AS planned (oid, name) ON planned.oid = l.relation
                WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'
                  AND (c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384 OR planned.oid IS NOT NULL)""".formatted(planned))) {
            while (row.next()) {
                held.merge(
                        row.getString(1),
                        LockMode.ofPgLocksName(row.getString(2)),
                        (one, other) -> one.compareTo(other) >= 0 ? one : other);
            }
        }
        return held;
    }
}
