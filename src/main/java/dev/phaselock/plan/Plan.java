package dev.phaselock.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * What is to be done, phase by phase; all phases, done or not.
 *
 * @param hash covers what must hold between the phases (see {@link PlanHash}), not what they themselves change
 * @param target the altered table of the first change, for people
 * @param label the changes in short, for people
 * @param relations the schema-qualified names of all altered and referenced relations, sorted: no two phases work on one
 *     of them at once
 * @param phases in order
 */
public record Plan(String hash, String target, String label, List<String> relations, List<Phase> phases) {
    public Plan {
        relations = List.copyOf(relations);
        phases = List.copyOf(phases);
    }

    /** Whether, for every change, what it makes is there, a constraint valid or not: new rows are checked. */
    public boolean applied() {
        return phases.stream().filter(phase -> phase.type().applies()).allMatch(Phase::done);
    }

    /** Whether all phases are done: every constraint is valid. */
    public boolean validated() {
        return phases.stream().allMatch(Phase::done);
    }

    /**
     * The plan as it stands for the Job of a phase: of changes of which the catalog does not say whether they are done, the
     * phases before this one are, for it begins only after them (docs/decisions/0016).
     *
     * @param phase its name; of none of the phases, nothing is known to be done
     * @param ended whether this phase itself has been carried out
     * @param toldByOrder whether the change of this index is such a one
     */
    public Plan reached(String phase, boolean ended, IntPredicate toldByOrder) {
        int at = 0;
        while (at < phases.size() && !phases.get(at).name().equals(phase)) {
            at++;
        }
        int before = at == phases.size() ? 0 : ended ? at + 1 : at;
        List<Phase> reached = new ArrayList<>();
        for (int i = 0; i < phases.size(); i++) {
            Phase each = phases.get(i);
            reached.add(i < before && toldByOrder.test(each.change()) ? each.asDone() : each);
        }
        return new Plan(hash, target, label, relations, reached);
    }
}
