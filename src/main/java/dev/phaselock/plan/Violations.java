package dev.phaselock.plan;

import java.util.List;

/**
 * Existing rows that violate a constraint.
 *
 * @param constraint its name
 * @param table the table, schema-qualified
 * @param count how many were seen; at least, for rows may move meanwhile
 * @param sample keys of some of them, as {@code id=7}
 */
public record Violations(String constraint, String table, long count, List<String> sample) {
    public Violations {
        sample = List.copyOf(sample);
    }
}
