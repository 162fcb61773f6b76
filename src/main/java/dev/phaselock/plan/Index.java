package dev.phaselock.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An index of a table, valid or not.
 *
 * @param name in the table's schema
 * @param definition as {@code pg_get_indexdef} writes it, from {@code USING} on
 * @param columns its key columns; the empty name for an expression
 * @param valid {@code pg_index.indisvalid}: false while it is built or dropped, and after either has failed
 * @param partial whether it is of some rows only
 * @param attached whether it is a part of a partitioned table's index
 * @param replicaIdentity whether logical replication names rows by it
 * @param constraint the constraint that it makes; null for an index alone
 * @param dependents what else depends on it, as {@code pg_describe_object} names it, if a change names it
 */
public record Index(
        String name,
        String definition,
        List<String> columns,
        boolean unique,
        boolean primary,
        boolean valid,
        boolean partial,
        boolean attached,
        boolean replicaIdentity,
        @Nullable String constraint,
        List<String> dependents) {
    public Index {
        columns = List.copyOf(columns);
        dependents = List.copyOf(dependents);
    }
}
