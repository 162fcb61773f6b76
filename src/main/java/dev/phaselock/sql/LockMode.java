package dev.phaselock.sql;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * PostgreSQL's table-level lock modes, weakest first, and which of them exclude each other.
 *
 * <p>Source: PostgreSQL documentation, "Explicit Locking", table "Conflicting Lock Modes"; the same in all of 13 to 18.
 */
public enum LockMode {
    /** Reading: SELECT. */
    ACCESS_SHARE(1, "AccessShareLock"),
    /** SELECT … FOR UPDATE and its kin, and the checks of foreign keys. */
    ROW_SHARE(2, "RowShareLock"),
    /** Writing: INSERT, UPDATE, DELETE, MERGE. */
    ROW_EXCLUSIVE(3, "RowExclusiveLock"),
    /** VACUUM, ANALYZE, VALIDATE CONSTRAINT, CREATE INDEX CONCURRENTLY. */
    SHARE_UPDATE_EXCLUSIVE(4, "ShareUpdateExclusiveLock"),
    /** CREATE INDEX. */
    SHARE(5, "ShareLock"),
    /** ADD FOREIGN KEY, CREATE TRIGGER. */
    SHARE_ROW_EXCLUSIVE(6, "ShareRowExclusiveLock"),
    /** REFRESH MATERIALIZED VIEW CONCURRENTLY. */
    EXCLUSIVE(7, "ExclusiveLock"),
    /** Most of ALTER TABLE, DROP, TRUNCATE, LOCK TABLE without a mode. */
    ACCESS_EXCLUSIVE(8, "AccessExclusiveLock");

    private final int strength;
    private final String pgLocksName;

    LockMode(int strength, String pgLocksName) {
        this.strength = strength;
        this.pgLocksName = pgLocksName;
    }

    /** PostgreSQL's own number of the mode, 1 to 8: a stronger mode has a greater one. */
    public int strength() {
        return strength;
    }

    /**
     * The mode that {@code pg_locks.mode} calls so.
     *
     * @throws IllegalArgumentException if no table-level mode has this name ({@code pg_locks} also shows others, such as
     *     SIReadLock)
     */
    public static LockMode ofPgLocksName(String name) {
        for (LockMode mode : values()) {
            if (mode.pgLocksName.equals(name)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("not a table-level lock mode: " + name);
    }

    /** As {@code LOCK TABLE … IN … MODE} writes it: {@code SHARE ROW EXCLUSIVE}. */
    public String sql() {
        return name().replace('_', ' ').toUpperCase(Locale.ROOT);
    }

    /** As {@code pg_locks.mode} writes it: {@code ShareRowExclusiveLock}. */
    public String pgLocksName() {
        return pgLocksName;
    }

    /** Whether two sessions cannot hold this and the other mode on one table at the same time. Symmetric. */
    public boolean conflictsWith(LockMode other) {
        return conflicts().contains(other);
    }

    /** Whether INSERT, UPDATE and DELETE wait while a session holds this mode. */
    public boolean blocksWriters() {
        return conflictsWith(ROW_EXCLUSIVE);
    }

    private Set<LockMode> conflicts() {
        return switch (this) {
            case ACCESS_SHARE -> EnumSet.of(ACCESS_EXCLUSIVE);
            case ROW_SHARE -> EnumSet.of(EXCLUSIVE, ACCESS_EXCLUSIVE);
            case ROW_EXCLUSIVE -> EnumSet.range(SHARE, ACCESS_EXCLUSIVE);
            case SHARE_UPDATE_EXCLUSIVE -> EnumSet.range(SHARE_UPDATE_EXCLUSIVE, ACCESS_EXCLUSIVE);
            case SHARE ->
                EnumSet.of(ROW_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, SHARE_ROW_EXCLUSIVE, EXCLUSIVE, ACCESS_EXCLUSIVE);
            case SHARE_ROW_EXCLUSIVE -> EnumSet.range(ROW_EXCLUSIVE, ACCESS_EXCLUSIVE);
            case EXCLUSIVE -> EnumSet.range(ROW_SHARE, ACCESS_EXCLUSIVE);
            case ACCESS_EXCLUSIVE -> EnumSet.allOf(LockMode.class);
        };
    }
}
