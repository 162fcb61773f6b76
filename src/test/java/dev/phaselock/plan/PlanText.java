package dev.phaselock.plan;

import java.util.List;
import java.util.stream.Collectors;

/** A plan as a text that a test can be read by. */
final class PlanText {
    private PlanText() {}

    static String of(Plan plan) {
        return plan.phases().stream().map(PlanText::of).collect(Collectors.joining());
    }

    private static String of(Phase phase) {
        return phase.name() + ": " + phase.label() + "\n"
                + phase.steps().stream().map(PlanText::of).collect(Collectors.joining());
    }

    private static String of(Step step) {
        String done = step.done() ? "done: " : "";
        return switch (step) {
            case Step.Brief brief ->
                brief.statements().stream()
                                .map(statement -> "  " + done + unquoted(statement) + "\n")
                                .collect(Collectors.joining())
                        + locks(brief.locks())
                        + (brief.guard() == null ? "" : "    guarded\n");
            case Step.Validate validate ->
                "  " + done + unquoted(validate.statement()) + "\n" + locks(validate.locks());
            case Step.Concurrent concurrent ->
                concurrent.statements().stream()
                                .map(statement -> "  " + done + unquoted(statement) + "\n")
                                .collect(Collectors.joining())
                        + locks(concurrent.locks());
            case Step.Backfill backfill ->
                "  " + done + unquoted(backfill.statement()) + "\n" + locks(List.of(backfill.lock()));
            case Step.Verify verify ->
                verify.queries().stream()
                        .map(query -> "  " + done + "look at " + query.tableName() + " where "
                                + unquoted(query.predicate()) + "\n")
                        .collect(Collectors.joining());
        };
    }

    private static String locks(List<RelationLock> locks) {
        return locks.stream()
                .map(lock -> lock.relation().name().name() + " " + lock.mode().sql()
                        + (lock.lockable() ? "" : " (by the statement)"))
                .collect(Collectors.joining(", ", "    locks ", "\n"));
    }

    private static String unquoted(String sql) {
        return sql.replace("\"", "").replace("\n", " ");
    }
}
