package dev.phaselock.plan;

import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/** Plans {@code REPLICA IDENTITY}: one brief step, under ACCESS EXCLUSIVE on the table alone (facts). */
final class SetReplicaIdentityPlan {
    private SetReplicaIdentityPlan() {}

    static List<Phase> phases(SetReplicaIdentity change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        planning.claimDefinition(table, "replica identity", index);
        boolean done = State.done(planning, index, table);
        if (!done) {
            requirements.owner(List.of(table));
        }
        return planning.brief(
                "Set the replica identity of " + table.name(),
                index,
                done,
                new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " REPLICA IDENTITY " + change.definition()),
                null);
    }
}
