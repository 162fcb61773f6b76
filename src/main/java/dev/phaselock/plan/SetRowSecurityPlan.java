package dev.phaselock.plan;

import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/** Plans {@code ENABLE ROW LEVEL SECURITY} and its like: one brief step, under ACCESS EXCLUSIVE on the table alone. */
final class SetRowSecurityPlan {
    private SetRowSecurityPlan() {}

    static List<Phase> phases(SetRowSecurity change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        planning.claimDefinition(table, "row security", index);
        boolean done = State.done(planning, index, table);
        if (!done) {
            requirements.owner(List.of(table));
        }
        return planning.brief(
                (change.enabled() ? "Enable" : "Disable") + " row security of " + table.name(),
                index,
                done,
                new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " " + change.action()),
                null);
    }
}
