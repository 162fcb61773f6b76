package dev.phaselock.plan;

import dev.phaselock.api.CreateTriggerSpec.Level;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code CREATE TRIGGER}: one brief step under SHARE ROW EXCLUSIVE, so readers notice nothing. A trigger for each
 * row of a partitioned table is cloned onto every partition, under the same lock. Where another trigger gives way it is
 * replaced in place; what PostgreSQL cannot replace so is dropped and created in one step, under ACCESS EXCLUSIVE.
 */
final class CreateTriggerPlan {
    private static final int OR_REPLACE_SINCE = 14;

    private CreateTriggerPlan() {}

    static List<Phase> phases(CreateTrigger change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        String name = change.name().name();
        planning.claimDefinition(table, "trigger " + name, index);
        Probe.Trigger trigger = Triggers.probe(planning, index, table);
        String there = trigger.there();
        boolean done = there != null && trigger.forms().contains(there);
        if (there != null && !done && !change.replace()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "trigger %s of %s is there with another definition: %s; replace: true puts the wanted one in its place"
                            .formatted(change.name(), table.name(), there));
        }
        if (!trigger.inTheWay().isEmpty()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "a trigger %s is there on %s, where the one of %s would get a clone: drop it there first (dropTrigger)"
                            .formatted(change.name(), String.join(", ", trigger.inTheWay()), table.name()));
        }
        if (there != null) {
            Triggers.requireOwn(table, change.name(), trigger);
        }
        if (done && trigger.disabled()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "trigger %s of %s is there, but disabled: ALTER TABLE %s ENABLE TRIGGER %s"
                            .formatted(
                                    change.name(),
                                    table.name(),
                                    table.name().quoted(),
                                    change.name().quoted()));
        }
        if (!done && !trigger.allowed()) {
            throw new RefusedException(
                    Reason.PERMISSION_DENIED,
                    "role %s may not create triggers on %s: GRANT TRIGGER ON %s TO %s"
                            .formatted(
                                    Names.shown(planning.facts().server().role()),
                                    table.name(),
                                    table.name().quoted(),
                                    Names.quoted(planning.facts().server().role())));
        }
        // On a partitioned table a replaced trigger's clones may stay behind (measured, TriggersIT).
        boolean inPlace = there != null
                && planning.major() >= OR_REPLACE_SINCE
                && !table.partitioned()
                && !change.constraint()
                && !there.startsWith("CREATE CONSTRAINT");
        boolean dropFirst = there != null && !done && !inPlace;
        if (dropFirst) {
            requirements.owner(List.of(table));
        }
        String on = table.name().quoted();
        String create = change.statement(on, inPlace);
        LockMode mode = dropFirst ? LockMode.ACCESS_EXCLUSIVE : LockMode.SHARE_ROW_EXCLUSIVE;
        boolean cloned = table.partitioned() && (change.level() == Level.ROW || trigger.cloned());
        LockSet locks = new LockSet().add(table, mode);
        if (cloned) {
            locks.addAll(table.descendants(), mode);
        }
        return planning.brief(
                "Create trigger " + change.name(),
                index,
                done,
                locks,
                dropFirst ? List.of("DROP TRIGGER " + change.name().quoted() + " ON " + on, create) : List.of(create),
                cloned ? Guards.sameDescendants(planning.major(), table) : null);
    }
}
