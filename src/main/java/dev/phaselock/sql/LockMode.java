package dev.phaselock.sql;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The table-level lock modes, the weakest first, and which of them conflict (PostgreSQL documentation, "Explicit
 * Locking", table 13.2).
 */
public enum LockMode {
    ACCESS_SHARE(1, "AccessShareLock"),
    ROW_SHARE(2, "RowShareLock"),
    ROW_EXCLUSIVE(3, "RowExclusiveLock"),
    SHARE_UPDATE_EXCLUSIVE(4, "ShareUpdateExclusiveLock"),
    SHARE(5, "ShareLock"),
    SHARE_ROW_EXCLUSIVE(6, "ShareRowExclusiveLock"),
    EXCLUSIVE(7, "ExclusiveLock"),
    ACCESS_EXCLUSIVE(8, "AccessExclusiveLock");

    private final int strength;
    private final String pgLocksName;

    LockMode(int strength, String pgLocksName) {
        this.strength = strength;
        this.pgLocksName = pgLocksName;
    }

    /** As in {@code LOCK TABLE … IN … MODE}. */
    public String sql() {
        return name().replace('_', ' ').toUpperCase(Locale.ROOT);
    }

    /** PostgreSQL's own number of the mode, 1 to 8: a stronger mode has a greater one. */
    public int strength() {
        return strength;
    }

    /** As in {@code pg_locks.mode}. */
    public String pgLocksName() {
        return pgLocksName;
    }

    /**
     * The mode of a row of {@code pg_locks}.
     *
     * @throws IllegalArgumentException for a name that is none of the table-level modes
     */
    public static LockMode ofPgLocksName(String name) {
        return Arrays.stream(values())
                .filter(mode -> mode.pgLocksName.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not a table-level lock mode: " + name));
    }

    /** Whether two transactions cannot hold these two modes on one table at the same time. */
    public boolean conflictsWith(LockMode other) {
        return conflicts().contains(other);
    }

    /** Whether whoever writes rows has to wait for it. */
    public boolean blocksWriters() {
        return conflictsWith(ROW_EXCLUSIVE);
    }

    private Set<LockMode> conflicts() {
        return switch (this) {
            case ACCESS_SHARE -> EnumSet.of(ACCESS_EXCLUSIVE);
            case ROW_SHARE -> EnumSet.of(EXCLUSIVE, ACCESS_EXCLUSIVE);
            case ROW_EXCLUSIVE -> EnumSet.of(SHARE, SHARE_ROW_EXCLUSIVE, EXCLUSIVE, ACCESS_EXCLUSIVE);
            case SHARE_UPDATE_EXCLUSIVE -> EnumSet.range(SHARE_UPDATE_EXCLUSIVE, ACCESS_EXCLUSIVE);
            case SHARE -> {
                Set<LockMode> modes = EnumSet.range(ROW_EXCLUSIVE, ACCESS_EXCLUSIVE);
                modes.remove(SHARE);
                yield modes;
            }
            case SHARE_ROW_EXCLUSIVE -> EnumSet.range(ROW_EXCLUSIVE, ACCESS_EXCLUSIVE);
            case EXCLUSIVE -> EnumSet.range(ROW_SHARE, ACCESS_EXCLUSIVE);
            case ACCESS_EXCLUSIVE -> EnumSet.allOf(LockMode.class);
        };
    }
}
