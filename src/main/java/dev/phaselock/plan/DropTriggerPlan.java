package dev.phaselock.plan;

import dev.phaselock.change.DropTrigger;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code DROP TRIGGER}: one brief step, under ACCESS EXCLUSIVE on the table, and on every partition that has a
 * clone of it. Never CASCADE.
 */
final class DropTriggerPlan {
    private DropTriggerPlan() {}

    static List<Phase> phases(DropTrigger change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        planning.claimDefinition(table, "trigger " + change.name().name(), index);
        Probe.Trigger trigger = Triggers.probe(planning, index, table);
        boolean done = trigger.there() == null;
        if (!done) {
            Triggers.requireOwn(table, change.name(), trigger);
            requirements.owner(List.of(table));
        }
        LockSet locks = new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE);
        if (trigger.cloned()) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        return planning.brief(
                "Drop trigger " + change.name(),
                index,
                done,
                locks,
                List.of("DROP TRIGGER " + change.name().quoted() + " ON "
                        + table.name().quoted()),
                trigger.cloned() ? Guards.sameDescendants(planning.major(), table) : null);
    }
}
