package dev.phaselock.plan;

import dev.phaselock.change.AlterConstraint;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code ALTER CONSTRAINT … [NOT] DEFERRABLE}, which PostgreSQL has for foreign keys alone: one brief step, under
 * ACCESS EXCLUSIVE on the table and its partitions. No row is read, and the referenced table is not locked (facts).
 */
final class AlterConstraintPlan {
    private AlterConstraintPlan() {}

    static List<Phase> phases(AlterConstraint change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Constraint constraint = Requirements.constraint(table, change.name().name());
        String name = Names.shown(constraint.name());
        planning.claimName(table, constraint.name(), index);
        ForeignKey key = constraint.foreignKey();
        if (key == null) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s of %s is no foreign key, and of others PostgreSQL does not change whether they are deferrable: add a new one (addUnique, addPrimaryKey) and drop this one"
                            .formatted(name, table.name()));
        }
        if (constraint.attached() || constraint.ownPart()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s belongs to a constraint of a partitioned table: alter that one"
                            .formatted(name, table.name()));
        }
        boolean done = key.deferrable() == change.deferrable() && key.initiallyDeferred() == change.initiallyDeferred();
        if (!done) {
            requirements.owner(List.of(table));
        }
        return planning.brief(
                "Make " + name + " " + change.definition(),
                index,
                done,
                new LockSet()
                        .add(table, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(table.partitioned() ? table.descendants() : List.of(), LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER CONSTRAINT " + Names.quoted(constraint.name())
                        + " " + change.definition()),
                table.partitioned() ? Guards.sameDescendants(planning.major(), table) : null);
    }
}
