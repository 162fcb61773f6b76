package dev.phaselock.plan;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The foreign key and the check that a new column comes with, in the same brief statement. A foreign key of a column that
 * is null in every row is valid at birth: PostgreSQL looks nothing up. Of one with a default it would, and for a check it
 * reads all rows in any case (measured on 13 to 18); so these come NOT VALID and are validated.
 */
final class NewColumnConstraints {
    private final AddColumn change;
    private final Probe probe;
    private final Table table;
    private final int index;
    private final Planning planning;
    private final CatalogFacts withColumn;

    NewColumnConstraints(
            AddColumn change, Probe probe, Probe.Altered column, Table table, int index, Planning planning) {
        this.change = change;
        this.probe = probe;
        this.table = table;
        this.index = index;
        this.planning = planning;
        this.withColumn = Foreseen.after(change, column, planning.facts());
    }

    /** Where the rows are filled first. */
    List<Phase> byThemselves() {
        List<Phase> phases = new ArrayList<>();
        AddForeignKey key = change.key();
        if (key != null) {
            phases.addAll(planning.part(withColumn, part(true), () -> AddForeignKeyPlan.phases(key, index, planning)));
        }
        AddCheck check = change.check();
        if (check != null) {
            phases.addAll(planning.part(withColumn, part(false), () -> AddCheckPlan.phases(check, index, planning)));
        }
        return phases;
    }

    /**
     * All phases.
     *
     * @param there whether the column is
     * @param add the part of ALTER TABLE that adds it
     */
    List<Phase> with(boolean there, String add) {
        LockSet locks = new LockSet()
                .add(table, LockMode.ACCESS_EXCLUSIVE)
                .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        List<@Nullable String> guards = new ArrayList<>();
        guards.add(Guards.sameDescendants(planning.major(), table));
        AddForeignKeyPlan.@Nullable Steps key = key(there);
        AddCheckPlan.@Nullable Steps check = check();
        boolean done = there
                && (key == null || key.add().done())
                && (check == null || check.add().done());
        List<String> actions = new ArrayList<>();
        if (!there || done) {
            actions.add(
                    key != null && change.keyIsBornValid()
                            ? add + " "
                                    + key.wanted().sql().ofColumn(key.wanted().name())
                            : add);
        }
        if (key != null) {
            locks.addLocks(key.add().locks());
            guards.add(key.add().guard());
            if (!change.keyIsBornValid() && (done || !key.add().done())) {
                actions.add(key.wanted().sql().add(key.wanted().name(), true));
            }
        }
        if (check != null) {
            locks.addLocks(check.add().locks());
            if (done || !check.add().done()) {
                actions.add(check.action());
            }
        }
        List<Phase> phases = new ArrayList<>(planning.brief(
                "Add column " + change.name(),
                index,
                done,
                locks,
                List.of("ALTER TABLE " + table.name().quoted() + " " + String.join(", ", actions)),
                Guards.all(guards.stream().distinct().toArray(String[]::new))));
        if (key != null && !change.keyIsBornValid()) {
            phases.add(planning.phase(
                    PhaseType.VALIDATE, "Validate " + key.wanted().label(), index, List.of(key.validate())));
        }
        if (check != null) {
            phases.add(planning.phase(
                    PhaseType.VALIDATE, "Validate " + Names.shown(check.name()), index, List.of(check.validate())));
        }
        AddForeignKey byItself = change.key();
        if (byItself != null && key == null) {
            phases.addAll(
                    planning.part(withColumn, part(true), () -> AddForeignKeyPlan.phases(byItself, index, planning)));
        }
        return phases;
    }

    /** Null where there is none, or where it takes phases of its own. */
    private AddForeignKeyPlan.@Nullable Steps key(boolean there) {
        AddForeignKey key = change.key();
        if (key == null || (!change.keyIsBornValid() && AddForeignKeyPlan.isLeafByLeaf(table, planning.major()))) {
            return null;
        }
        AddForeignKeyPlan.Steps steps =
                planning.part(withColumn, part(true), () -> AddForeignKeyPlan.steps(key, index, planning));
        if (there
                && change.keyIsBornValid()
                && steps.wanted().existing().filter(Constraint::validated).isEmpty()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "column %s of %s is there without its foreign key, or that is not valid: leave references out, and let addForeignKey or validateConstraint follow"
                            .formatted(change.name(), table.name()));
        }
        return steps;
    }

    private AddCheckPlan.@Nullable Steps check() {
        AddCheck check = change.check();
        return check == null
                ? null
                : planning.part(withColumn, part(false), () -> AddCheckPlan.steps(check, index, planning));
    }

    private Probe part(boolean key) {
        return probe instanceof Probe.NewColumn all ? (key ? all.key() : all.check()) : new Probe.None();
    }
}
