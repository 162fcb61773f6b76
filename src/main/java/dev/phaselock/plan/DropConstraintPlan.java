package dev.phaselock.plan;

import dev.phaselock.change.DropConstraint;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code DROP CONSTRAINT}: one brief step, under ACCESS EXCLUSIVE on the table, on all that inherits the
 * constraint, and of a foreign key on the referenced table too, for its triggers go. Never CASCADE: what others depend on
 * stays.
 */
final class DropConstraintPlan {
    /** Before, of a partitioned referenced table only the leaves have triggers of the key. Measured (DropConstraintIT). */
    private static final int MIDDLE_HAS_TRIGGERS_SINCE = 15;

    private DropConstraintPlan() {}

    static List<Phase> phases(DropConstraint change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        String name = change.name().name();
        planning.claimName(table, name, index);
        Optional<Constraint> there = table.constraint(name);
        there.ifPresent(constraint -> possible(table, constraint));
        if (there.isPresent()) {
            requirements.owner(List.of(table));
        }
        Optional<Table> referenced = referenced(there, planning);
        return planning.brief(
                "Drop " + Names.shown(name),
                index,
                there.isEmpty(),
                locks(table, there, planning),
                List.of("ALTER TABLE " + table.name().quoted() + " DROP CONSTRAINT " + Names.quoted(name)),
                Guards.sameDescendants(
                        planning.major(),
                        Stream.concat(Stream.of(table), referenced.stream()).toArray(Table[]::new)));
    }

    /** What dropping it locks. */
    static LockSet locks(Table table, Optional<Constraint> there, Planning planning) {
        LockSet locks = new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE);
        if (there.filter(constraint -> table.partitioned() || isInherited(constraint))
                .isPresent()) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        referenced(there, planning)
                .ifPresent(other -> locks.add(other, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(withTriggers(other, planning.major()), LockMode.ACCESS_EXCLUSIVE));
        return locks;
    }

    /** Of a foreign key, the table to which it refers. */
    static Optional<Table> referenced(Optional<Constraint> there, Planning planning) {
        return there.flatMap(constraint -> Optional.ofNullable(constraint.foreignKey()))
                .map(key -> planning.facts().table(key.referenced()));
    }

    /** Those of a referenced table and its partitions that have triggers of the key, which go with it. */
    static List<Table> withTriggers(Table referenced, int major) {
        return Stream.concat(
                        Stream.of(referenced),
                        referenced.partitioned() ? referenced.descendants().stream() : Stream.empty())
                .filter(part -> major >= MIDDLE_HAS_TRIGGERS_SINCE || !part.partitioned())
                .toList();
    }

    static boolean isInherited(Constraint constraint) {
        return (constraint.kind() == 'c' || constraint.kind() == 'n') && !constraint.noInherit();
    }

    static void possible(Table table, Constraint constraint) {
        String name = Names.shown(constraint.name());
        if (constraint.inherited() || constraint.attached() || constraint.ownPart()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s belongs to a constraint of a partitioned or parent table: drop that one"
                            .formatted(name, table.name()));
        }
        if (constraint.kind() == 't') {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s of %s is a constraint trigger, which DROP TRIGGER drops".formatted(name, table.name()));
        }
        if (constraint.kind() == 'n'
                && table.primaryKey().contains(Objects.requireNonNull(constraint.notNullColumn()))) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is needed by the primary key: its columns are NOT NULL".formatted(name, table.name()));
        }
        if (!constraint.dependents().isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s of %s is needed by others, which would have to go first (nothing is dropped by CASCADE): %s"
                            .formatted(name, table.name(), String.join("; ", constraint.dependents())));
        }
    }
}
