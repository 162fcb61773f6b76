package dev.phaselock.plan;

import dev.phaselock.change.AddUnique;
import java.util.List;

/** Plans {@code ADD UNIQUE}: see {@link KeyPlan}. */
final class AddUniquePlan {
    private AddUniquePlan() {}

    static List<Phase> phases(AddUnique change, int index, Planning planning) {
        return new KeyPlan(change, index, planning).phases(null);
    }
}
