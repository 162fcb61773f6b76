package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;

/** Of a change that is there or not, as the catalog says. */
final class State {
    private State() {}

    /** Whether it is there; refused where the server does not take it. */
    static boolean done(Planning planning, int index, Table table) {
        return switch (planning.probe(index)) {
            case Probe.State state -> state.done();
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "PostgreSQL does not take it for %s: %s".formatted(table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation");
        };
    }
}
