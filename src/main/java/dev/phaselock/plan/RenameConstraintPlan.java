package dev.phaselock.plan;

import dev.phaselock.change.RenameConstraint;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code RENAME CONSTRAINT}: one brief step, under ACCESS EXCLUSIVE on the table and on all that inherits the
 * constraint. It is done when the new name is there and the old one is not: a name is all that there is to compare.
 */
final class RenameConstraintPlan {
    private RenameConstraintPlan() {}

    static List<Phase> phases(RenameConstraint change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        String name = change.name().name();
        String newName = change.newName().name();
        planning.claimName(table, name, index);
        planning.claimName(table, newName, index);
        Optional<Constraint> there = table.constraint(name);
        boolean done = there.isEmpty() && table.constraint(newName).isPresent();
        Constraint constraint = done ? table.constraint(newName).orElseThrow() : Requirements.constraint(table, name);
        boolean inheritable = (constraint.kind() == 'c' || constraint.kind() == 'n') && !constraint.noInherit();
        List<Table> renamed = Stream.concat(
                        Stream.of(table), inheritable ? table.descendants().stream() : Stream.empty())
                .toList();
        if (!done) {
            possible(table, constraint, renamed, newName, inheritable);
            requirements.owner(renamed);
        }
        return planning.brief(
                "Rename " + Names.shown(name) + " to " + Names.shown(newName),
                index,
                done,
                new LockSet().addAll(renamed, LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " RENAME CONSTRAINT " + Names.quoted(name) + " TO "
                        + Names.quoted(newName)),
                inheritable ? Guards.sameDescendants(planning.major(), table) : null);
    }

    private static void possible(
            Table table, Constraint constraint, List<Table> renamed, String newName, boolean inheritable) {
        if (inheritable && constraint.inherited()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is inherited: rename it where it comes from"
                            .formatted(Names.shown(constraint.name()), table.name()));
        }
        for (Table one : renamed) {
            if (one.constraint(newName).isPresent()) {
                throw new RefusedException(
                        Reason.CONFLICTING_DEFINITION,
                        "%s of %s is there already".formatted(Names.shown(newName), one.name()));
            }
        }
    }
}
