package dev.phaselock.lint;

import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.SqlPosition;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said of one statement.
 *
 * @param position where the statement begins
 * @param statement its first line
 * @param lock the strongest lock that it takes on a table that is there; null when that is not the point
 * @param why who waits, for how long, and for what
 * @param instead what to do
 */
public record Finding(
        Rule rule,
        Level level,
        SqlPosition position,
        String statement,
        @Nullable LockMode lock,
        String why,
        String instead) {}
