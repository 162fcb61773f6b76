package dev.phaselock.plan;

import dev.phaselock.change.Change;
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.RunStatement.Effect;
import java.util.List;

/**
 * Plans a statement that runs as it is: one brief step, under the locks that it was seen to take; that it takes no stronger
 * one is checked before it is committed (LOCK-2). Whether it is done the catalog says, or else the order of the phases.
 */
final class RunStatementPlan {
    private RunStatementPlan() {}

    static List<Phase> phases(RunStatement change, int index, Planning planning) {
        Probe.Statement state = switch (planning.probe(index)) {
            case Probe.Statement known -> known;
            case Probe.Failed failed ->
                throw new RefusedException(Reason.INVALID_TARGET, "%s: %s".formatted(change.label(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a statement");
        };
        if (state.other() != null) {
            throw new RefusedException(
                    change.rows() != null ? Reason.UNSUPPORTED : Reason.CONFLICTING_DEFINITION,
                    "%s: %s".formatted(change.label(), state.other()));
        }
        return List.of(planning.phase(
                PhaseType.APPLY,
                "Run " + change.label(),
                index,
                List.of(new Step.Brief(
                        "Run " + change.label(), done(change, state), state.locks(), List.of(change.sql()), null))));
    }

    private static boolean done(RunStatement change, Probe.Statement state) {
        return switch (change.effect()) {
            case REPEATABLE -> false;
            case DROPPED -> state.none();
            case VALUE_RENAMED, INDEX_RENAMED, ATTRIBUTE_ADDED -> state.there();
            case CREATED -> {
                if (state.there() && Boolean.FALSE.equals(state.same())) {
                    throw new RefusedException(
                            Reason.CONFLICTING_DEFINITION,
                            "%s is there with another definition: drop it, choose another name, or leave the statement out"
                                    .formatted(change.label()));
                }
                yield state.there();
            }
        };
    }

    /** What is dropped and created by the same plan is neither there nor not: each phase is planned by the catalog anew. */
    static void requireApart(List<Change> changes) {
        for (int i = 0; i < changes.size(); i++) {
            for (int k = 0; k < changes.size(); k++) {
                if (changes.get(i) instanceof RunStatement dropped
                        && changes.get(k) instanceof RunStatement created
                        && dropped.effect() == Effect.DROPPED
                        && (created.effect() == Effect.CREATED || i > k)
                        && dropped.kind() == created.kind()
                        && dropped.objects().stream().anyMatch(created.objects()::contains)
                        && sameDetails(dropped, created)) {
                    throw new RefusedException(
                            Reason.INVALID_SPEC,
                            "changes[%d] drops what changes[%d] makes: %s the later one needs a SchemaChange of its own, once the earlier one is Ready"
                                    .formatted(
                                            i,
                                            k,
                                            created.kind() == RunStatement.Kind.FUNCTION
                                                            || created.kind() == RunStatement.Kind.VIEW
                                                    ? "CREATE OR REPLACE needs no DROP; else"
                                                    : ""));
                }
            }
        }
    }

    private static boolean sameDetails(RunStatement dropped, RunStatement created) {
        return dropped.kind() != RunStatement.Kind.POLICY
                || dropped.details().stream().anyMatch(created.details()::contains);
    }
}
