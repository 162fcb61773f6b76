package dev.phaselock.run;

import dev.phaselock.plan.Relation;
import dev.phaselock.plan.RelationLock;
import dev.phaselock.plan.Step;
import dev.phaselock.sql.LockMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The one message in which a brief step goes to the server: LOCK, the guard, the statements, a check of what is held, and
 * COMMIT. No round trip stands between acquiring the locks and giving them back, so neither a slow network nor a client
 * that dies keeps them.
 */
final class BriefMessage {
    /** Raised inside the message when the guard is not true: what was planned is not what is there. */
    static final String GUARD_FAILED = "PL001";

    /** Raised inside the message when the session holds a stronger lock than was planned (invariant LOCK-2). */
    static final String UNPLANNED_LOCK = "PL002";

    static final String SAVEPOINT = "phaselock_try";

    /** The longest that statements may take for which nobody waits: an extension is created in seconds. */
    private static final Duration UNNOTICED = Duration.ofMinutes(2);

    /** The longest where at most single rows are locked, for a statement that changes some. */
    private static final Duration OF_ROWS = Duration.ofSeconds(1);

    private BriefMessage() {}

    /**
     * @param timeout the longest that writers may be made to wait by waiting for the locks; zero to take them only where
     *     they are there to be had
     * @param heldLimit the longest that the statements may take under the locks
     */
    static String of(Step.Brief step, Duration timeout, Duration heldLimit) {
        List<List<RelationLock>> groups = lockGroups(step.locks());
        // lock_timeout counts for each lock, statement_timeout for each LOCK statement: a share for each, so that the
        // sum stays below the timeout.
        long share = Math.max(1, timeout.toMillis() / Math.max(1, groups.size()));
        List<String> sql = new ArrayList<>();
        sql.add("SAVEPOINT " + SAVEPOINT);
        sql.add("SET LOCAL lock_timeout = '" + share + "ms'");
        // What waits for nothing is given the time that a busy machine takes.
        sql.add("SET LOCAL statement_timeout = '" + (timeout.isZero() ? heldLimit.toMillis() : share) + "ms'");
        groups.forEach(group -> sql.add(lock(group) + (timeout.isZero() ? " NOWAIT" : "")));
        // Where no table is locked nobody waits for it.
        Duration limit = limit(step, heldLimit);
        sql.add("SET LOCAL statement_timeout = '" + limit.toMillis() + "ms'");
        sql.add("SELECT pg_catalog.clock_timestamp()");
        if (step.guard() != null) {
            sql.add(raiseUnless(step.guard(), GUARD_FAILED, "the catalog is not as it was planned for"));
        }
        sql.addAll(step.statements());
        sql.add(lockCheck(step.locks()));
        sql.add("SELECT pg_catalog.clock_timestamp()");
        sql.add("COMMIT");
        return String.join(";\n", sql);
    }

    private static Duration limit(Step.Brief step, Duration heldLimit) {
        if (step.locks().isEmpty()) {
            return UNNOTICED;
        }
        boolean noticed = step.locks().stream().anyMatch(lock -> lock.mode().blocksWriters());
        return noticed || heldLimit.compareTo(OF_ROWS) > 0 ? heldLimit : OF_ROWS;
    }

    /** The locks by mode, in the order of the plan: as few LOCK statements as possible. */
    private static List<List<RelationLock>> lockGroups(List<RelationLock> locks) {
        Map<LockMode, List<RelationLock>> byMode = new LinkedHashMap<>();
        locks.stream()
                .filter(RelationLock::lockable)
                .forEach(lock -> byMode.computeIfAbsent(lock.mode(), _ -> new ArrayList<>())
                        .add(lock));
        return List.copyOf(byMode.values());
    }

    private static String lock(List<RelationLock> group) {
        return group.stream()
                .map(lock -> "ONLY " + lock.relation().name().quoted())
                .collect(Collectors.joining(
                        ", ", "LOCK TABLE ", " IN " + group.getFirst().mode().sql() + " MODE"));
    }

    /** {@code LOCK TABLE} of the ticket: of every relation whose planned mode conflicts with it, in oid order. */
    static String ticket(List<RelationLock> locks) {
        return locks.stream()
                .filter(RelationLock::lockable)
                .filter(lock -> lock.mode().conflictsWith(LockMode.SHARE_UPDATE_EXCLUSIVE))
                .map(RelationLock::relation)
                .sorted((one, other) -> Long.compare(one.oid(), other.oid()))
                .map(relation -> "ONLY " + relation.name().quoted())
                .collect(Collectors.joining(", ", "LOCK TABLE ", " IN SHARE UPDATE EXCLUSIVE MODE"));
    }

    /**
     * Raises when this session holds a stronger lock on a user's relation than the plan says (LOCK-2). Arrays, for
     * writers wait meanwhile: with 201 relations as rows of VALUES it took four tenths of the time that ALTER TABLE takes, with these a quarter.
     */
    static String lockCheck(List<RelationLock> locks) {
        String modes = Arrays.stream(LockMode.values())
                .map(LockMode::pgLocksName)
                .collect(Collectors.joining(",", "'{", "}'"));
        return raiseUnless(
                """
                NOT EXISTS (
                  SELECT FROM pg_catalog.pg_locks l
                  JOIN pg_catalog.pg_class c ON c.oid = l.relation
                  LEFT JOIN ROWS FROM (pg_catalog.unnest(%s), pg_catalog.unnest(%s)) AS p (oid, strength)
                    ON p.oid = l.relation
                  WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
                    AND c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384
                    AND pg_catalog.array_position(%s::pg_catalog.text[], l.mode)
                      > greatest(coalesce(p.strength, 0), %d))""".formatted(oids(locks), strengths(locks), modes, LockMode.ROW_EXCLUSIVE.strength()),
                UNPLANNED_LOCK,
                "a stronger lock is held than was planned");
    }

    private static String oids(List<RelationLock> locks) {
        return locks.stream()
                .map(lock -> oid(lock.relation()))
                .collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.oid[]"));
    }

    private static String strengths(List<RelationLock> locks) {
        return locks.stream()
                .map(lock -> String.valueOf(lock.mode().strength()))
                .collect(Collectors.joining(",", "'{", "}'::pg_catalog.int4[]"));
    }

    /** Of one that the step creates: the name stands in a dollar-quoted block, so a dollar sign is written as an escape. */
    private static String oid(Relation relation) {
        return relation.oid() != 0
                ? String.valueOf(relation.oid())
                : "pg_catalog.to_regclass(E'"
                        + relation.name()
                                .quoted()
                                .replace("\\", "\\\\")
                                .replace("'", "''")
                                .replace("$", "\\044")
                        + "')::pg_catalog.oid";
    }

    private static String raiseUnless(String condition, String sqlState, String message) {
        return "DO $phaselock$ BEGIN IF (" + condition + ") IS NOT TRUE THEN RAISE EXCEPTION USING ERRCODE = '"
                + sqlState + "', MESSAGE = '" + message + "'; END IF; END $phaselock$";
    }
}
