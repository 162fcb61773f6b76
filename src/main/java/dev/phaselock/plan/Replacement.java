package dev.phaselock.plan;

import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans that a new constraint takes the place of an old one: when it is valid, one brief step drops the old one, so that
 * at every moment one of them holds. Where both have one name, the new one is added under a name of Phaselock's own, which
 * is a hash of it, and gets its name in the same step. By the definitions the catalog says which of them is there.
 */
final class Replacement {
    private final Table table;
    private final String name;
    private final String old;

    private Replacement(Table table, String name, String old) {
        this.table = table;
        this.name = name;
        this.old = old;
    }

    /**
     * None where nothing is replaced.
     *
     * @param replaces of the change, which has a name then
     */
    static Optional<Replacement> of(
            Change change, @Nullable Identifier name, @Nullable Identifier replaces, Table table) {
        return replaces == null
                ? Optional.empty()
                : Optional.of(new Replacement(
                        table, Objects.requireNonNull(name, change.label()).name(), replaces.name()));
    }

    /** Whether both have the same name. */
    boolean sameName() {
        return name.equals(old);
    }

    /** The name that the new one has before it gets its own. */
    String addedAs() {
        return sameName() ? OwnNames.of("phaselock_new", name, name) : name;
    }

    /** Requires that there is one to replace, or that it was replaced. */
    void require(boolean added) {
        if (!added) {
            DropConstraintPlan.possible(table, Requirements.constraint(table, old));
        }
    }

    /**
     * The last phase.
     *
     * @param added the new one as it is there, under any of its names
     */
    Phase phase(Optional<Constraint> added, int index, Planning planning) {
        boolean named = added.filter(there -> there.name().equals(name)).isPresent();
        Optional<Constraint> replaced = table.constraint(old).filter(_ -> !(sameName() && named));
        replaced.ifPresent(there -> DropConstraintPlan.possible(table, there));
        if (!sameName()) {
            planning.claimName(table, old, index);
        }
        String alter = "ALTER TABLE " + table.name().quoted() + " ";
        List<String> statements = new ArrayList<>();
        if (replaced.isPresent() || added.isEmpty() || named) {
            statements.add(alter + "DROP CONSTRAINT " + Names.quoted(old));
        }
        if (sameName()) {
            statements.add(alter + "RENAME CONSTRAINT " + Names.quoted(addedAs()) + " TO " + Names.quoted(name));
        }
        LockSet locks = DropConstraintPlan.locks(table, replaced, planning);
        if (sameName() && added.filter(DropConstraintPlan::isInherited).isPresent()) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        return planning.phase(
                PhaseType.APPLY,
                "Put " + Names.shown(name) + " in the place of " + (sameName() ? "the old one" : Names.shown(old)),
                index,
                List.of(new Step.Brief(
                        "Drop the old constraint",
                        replaced.isEmpty() && named,
                        locks.toList(),
                        statements,
                        Guards.all(
                                Guards.sameDescendants(
                                        planning.major(),
                                        Stream.concat(
                                                        Stream.of(table),
                                                        DropConstraintPlan.referenced(replaced, planning).stream())
                                                .toArray(Table[]::new)),
                                valid()))));
    }

    /** Under the locks: else there would be a gap. */
    private String valid() {
        return "EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = %d AND c.convalidated AND c.conname = %s)"
                .formatted(table.relation().oid(), Guards.literal(addedAs()));
    }
}
