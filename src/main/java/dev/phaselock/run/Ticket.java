package dev.phaselock.run;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.sql.LockMode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * SHARE UPDATE EXCLUSIVE on relations, held in an open transaction: no reader or writer minds it, but other DDL, VACUUM,
 * ANALYZE and CREATE INDEX CONCURRENTLY stay away.
 *
 * <p>It is waited for in short tries, each a transaction of its own and shorter than {@code deadlock_timeout}: a longer
 * wait holds a snapshot for which somebody's CREATE INDEX CONCURRENTLY waits, and would kill it by a deadlock. Only where
 * every holder is an ordinary autovacuum does it wait a little longer than {@code deadlock_timeout}: then that gives way.
 * Two runners of one relation are kept apart by an advisory lock of the same transaction, which is never waited for.
 */
final class Ticket {
    /** Sets our advisory locks apart from those of the application: "PhLk". */
    private static final int ADVISORY_CLASS = 0x50684c6b;

    private static final Duration WAIT = Duration.ofMillis(100);
    private static final Duration LONGER_THAN_DEADLOCK_TIMEOUT = Duration.ofMillis(250);

    private final Connection session;
    private final LockView view;
    private final Timing timing;
    private final Duration deadlockTimeout;
    private boolean held;
    private long takenAt;
    private boolean onlyAutovacuumInTheWay;
    private List<Blocker> blockers = List.of();

    Ticket(Connection session, LockView view, Timing timing) throws SQLException {
        this.session = session;
        this.view = view;
        this.timing = timing;
        try (Statement statement = session.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT setting::pg_catalog.int8 FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'")) {
            result.next();
            deadlockTimeout = Duration.ofMillis(result.getLong(1));
        }
        // The first DO of a session loads the language: not under a strong lock.
        execute("DO $phaselock$ BEGIN NULL; END $phaselock$");
    }

    boolean held() {
        return held;
    }

    boolean heldLongerThan(Duration duration) {
        return held && timing.nanoTime() - takenAt > duration.toNanos();
    }

    /** Who was in the way when it was not to be had. */
    List<Blocker> blockers() {
        return blockers;
    }

    /**
     * Tries once to take it, in a new transaction that stays open when it was to be had.
     *
     * @return whether it is held now
     */
    boolean take(List<RelationLock> locks) throws SQLException {
        Duration wait = onlyAutovacuumInTheWay
                ? deadlockTimeout.plus(LONGER_THAN_DEADLOCK_TIMEOUT)
                : WAIT.compareTo(deadlockTimeout.dividedBy(2)) < 0 ? WAIT : deadlockTimeout.dividedBy(2);
        execute("BEGIN ISOLATION LEVEL READ COMMITTED");
        try {
            if (alone(locks)) {
                execute("SET LOCAL lock_timeout = '" + wait.toMillis() + "ms'");
                if (locks.stream().anyMatch(RelationLock::lockable)) {
                    execute(BriefMessage.ticket(locks));
                }
                held = true;
                takenAt = timing.nanoTime();
                onlyAutovacuumInTheWay = false;
                return true;
            }
            // Another runner, and mostly it holds a ticket by which it can be named.
            blockers = view.look(asTicket(locks)).blockersOlderThan(Duration.ZERO);
        } catch (SQLException e) {
            if (!SqlStates.LOCK_NOT_AVAILABLE.equals(e.getSQLState())
                    && !SqlStates.DEADLOCK_DETECTED.equals(e.getSQLState())) {
                throw e;
            }
            LockView.Look look = view.look(asTicket(locks));
            onlyAutovacuumInTheWay = look.onlyYieldingAutovacuum();
            blockers = look.blockersOlderThan(Duration.ZERO);
        }
        execute("ROLLBACK");
        return false;
    }

    private static List<RelationLock> asTicket(List<RelationLock> locks) {
        return locks.stream()
                .filter(lock -> lock.mode().conflictsWith(LockMode.SHARE_UPDATE_EXCLUSIVE))
                .map(lock -> new RelationLock(lock.relation(), LockMode.SHARE_UPDATE_EXCLUSIVE, lock.lockable()))
                .toList();
    }

    /** Of the advisory lock by which runners of one relation are kept apart. */
    static String advisoryKey(Relation relation) {
        // One that is not there yet has no oid.
        return ADVISORY_CLASS + ", "
                + (relation.oid() == 0 ? relation.name().quoted().hashCode() : (int) relation.oid());
    }

    /** Whether no other runner of Phaselock works on one of the relations. */
    private boolean alone(List<RelationLock> locks) throws SQLException {
        if (locks.isEmpty()) {
            return true;
        }
        String all = locks.stream()
                .map(lock -> "pg_catalog.pg_try_advisory_xact_lock(" + advisoryKey(lock.relation()) + ")")
                .distinct()
                .collect(Collectors.joining(" AND "));
        try (Statement statement = session.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + all)) {
            result.next();
            return result.getBoolean(1);
        }
    }

    /** Back to where it was taken, after a try that failed. */
    void rollbackTo(String savepoint) throws SQLException {
        execute("ROLLBACK TO SAVEPOINT " + savepoint);
    }

    /** The transaction was ended by a COMMIT. */
    void gone() {
        held = false;
    }

    /** Ends the transaction, if there is one. A connection that is broken has given it back already. */
    void giveBack() throws SQLException {
        if (held) {
            held = false;
            if (!session.isClosed()) {
                execute("ROLLBACK");
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }
}
