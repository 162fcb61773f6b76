package dev.phaselock.plan;

import java.util.List;
import java.util.Locale;

/**
 * A part of a plan that is carried out by one Job.
 *
 * @param name unique in the plan and usable in a Job's name: lower case letters, digits and hyphens, for instance {@code
 *     1-apply}
 * @param type what kind of work it is
 * @param label what it does, in a few words for people
 * @param change the index of the change that it belongs to, from 0
 * @param steps its steps, in order
 */
public record Phase(String name, PhaseType type, String label, int change, List<Step> steps) {
    public Phase {
        steps = List.copyOf(steps);
    }

    /**
     * The name of a phase.
     *
     * @param number its place in the plan, from 1
     */
    public static String nameOf(int number, PhaseType type) {
        return number + "-" + type.label().toLowerCase(Locale.ROOT);
    }

    /** Whether the catalog says that every step is done. */
    public boolean done() {
        return steps.stream().allMatch(Step::done);
    }

    /** The statements of its steps, for people. A phase that only reads has a description instead. */
    public List<String> sql() {
        return steps.stream()
                .flatMap(step -> switch (step) {
                    case Step.Brief brief -> brief.statements().stream();
                    case Step.Validate validate -> List.of(validate.statement()).stream();
                    case Step.Concurrent concurrent -> concurrent.statements().stream();
                    case Step.Backfill backfill -> List.of(backfill.statement()).stream();
                    case Step.Verify verify ->
                        verify.queries().stream()
                                .map(query -> "SELECT count(*) FROM "
                                        + query.tableName().quoted() + " AS " + query.alias() + " WHERE "
                                        + query.predicate());
                })
                .toList();
    }

    /** The locks of its steps, as {@code public.orders: SHARE ROW EXCLUSIVE}, without repetition. */
    public List<String> locks() {
        return steps.stream()
                .flatMap(step -> switch (step) {
                    case Step.Brief brief -> brief.locks().stream();
                    case Step.Validate validate -> validate.locks().stream();
                    case Step.Concurrent concurrent -> concurrent.locks().stream();
                    case Step.Backfill backfill -> List.of(backfill.lock()).stream();
                    case Step.Verify _ -> java.util.stream.Stream.<RelationLock>empty();
                })
                // What it creates itself nobody else can wait for.
                .filter(lock -> lock.relation().oid() != 0)
                .map(lock -> lock.relation().name() + ": " + lock.mode().sql())
                .distinct()
                .toList();
    }

    /** The same, every step done. */
    Phase asDone() {
        return new Phase(
                name,
                type,
                label,
                change,
                steps.stream()
                        .map(step -> switch (step) {
                            case Step.Brief brief ->
                                new Step.Brief(brief.label(), true, brief.locks(), brief.statements(), brief.guard());
                            case Step.Concurrent work ->
                                new Step.Concurrent(
                                        work.label(),
                                        true,
                                        work.table(),
                                        work.locks(),
                                        work.statements(),
                                        work.discard(),
                                        work.duplicates());
                            case Step.Validate _, Step.Verify _, Step.Backfill _ -> step;
                        })
                        .toList());
    }
}
