package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;

/** What the plans of triggers have in common. */
final class Triggers {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private Triggers() {}

    static Probe.Trigger probe(Planning planning, int index, Table table) {
        return switch (planning.probe(index)) {
            case Probe.Trigger trigger -> trigger;
            case Probe.Failed failed ->
                throw new RefusedException(
                        failed.sqlState().equals(INSUFFICIENT_PRIVILEGE)
                                ? Reason.PERMISSION_DENIED
                                : Reason.INVALID_TARGET,
                        "PostgreSQL does not take it for %s: %s".formatted(table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a trigger");
        };
    }

    /** That it is no part of something else. */
    static void requireOwn(Table table, Identifier name, Probe.Trigger trigger) {
        if (trigger.internal()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "trigger %s of %s belongs to a constraint: dropConstraint drops that"
                            .formatted(name, table.name()));
        }
        if (trigger.ofParent()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "trigger %s of %s belongs to the one of its partitioned table: alter that one"
                            .formatted(name, table.name()));
        }
    }
}
