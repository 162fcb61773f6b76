package dev.phaselock.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A way to take the strong lock. */
enum Policy {
    /** The same processes, and Phaselock at work on tables that are nobody's. */
    NO_DDL("no DDL"),
    /** As one writes it without a second thought: it waits without a limit and reads all rows under the lock. */
    PLAIN("plain ALTER"),
    NOT_VALID("NOT VALID, no lock_timeout"),
    SAFE_PG_MIGRATIONS("safe-pg-migrations"),
    PG_SPRITE("pg-sprite"),
    PGROLL("pgroll"),
    ONLINE_MIGRATIONS("online_migrations"),
    GITLAB("GitLab's table"),
    /** For real, as it comes. */
    ALEMBIC("Alembic (real)"),
    /** django-pg-zero-downtime-migrations, for real, with the timeouts that it recommends; it validates, too. */
    DJANGO("django-pg-zero-downtime (real)"),
    /** Its own code. */
    PHASELOCK("Phaselock");

    private final String title;

    Policy(String title) {
        this.title = title;
    }

    /** For people. */
    String title() {
        return title;
    }

    /** What it sends. */
    String sql(Ddl ddl) {
        return this == PLAIN ? ddl.sql(Tables.BUSY) : ddl.notValid(Tables.BUSY);
    }

    /** Its tries, played after; empty where Phaselock itself is at work. */
    Optional<Tries> tries() {
        return Optional.ofNullable(
                switch (this) {
                    case NO_DDL, PHASELOCK, ALEMBIC, DJANGO -> null;
                    case PLAIN, NOT_VALID -> Tries.ONE_WITHOUT_A_TIMEOUT;
                    case SAFE_PG_MIGRATIONS -> Tries.SAFE_PG_MIGRATIONS;
                    case PG_SPRITE -> Tries.PG_SPRITE;
                    case PGROLL -> Tries.PGROLL;
                    case ONLINE_MIGRATIONS -> Tries.ONLINE_MIGRATIONS;
                    case GITLAB -> Tries.GITLAB;
                });
    }

    /** The script of a tool that is measured for real; empty for the others. */
    Optional<String> script() {
        return Optional.ofNullable(
                switch (this) {
                    case ALEMBIC -> "alembic_change.py";
                    case DJANGO -> "django_change.py";
                    default -> null;
                });
    }

    /** On the command line and in file names. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException when there is none of that name; the message names those that there are */
    static Policy of(String key) {
        return Arrays.stream(values())
                .filter(policy -> policy.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no policy " + key + "; there are "
                        + Arrays.stream(values()).map(Policy::key).collect(Collectors.joining(", "))));
    }
}
