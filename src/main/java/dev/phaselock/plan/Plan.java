package dev.phaselock.plan;

import java.util.List;

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
}
