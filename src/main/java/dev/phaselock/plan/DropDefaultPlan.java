package dev.phaselock.plan;

import dev.phaselock.change.DropDefault;
import java.util.List;
import java.util.Set;

/** Plans {@code DROP DEFAULT}. */
final class DropDefaultPlan {
    private DropDefaultPlan() {}

    static List<Phase> phases(DropDefault change, int index, Planning planning) {
        return new DefaultPlan(change.table(), change.column(), index, planning)
                .phases("Drop the default of " + Names.shown(change.column().name()), Set.of(""), "DROP DEFAULT");
    }
}
