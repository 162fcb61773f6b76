package dev.phaselock.plan;

import dev.phaselock.change.AddExclusion;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Plans {@code ADD CONSTRAINT … EXCLUDE} of a table that is empty, also under the lock: one brief step under ACCESS
 * EXCLUSIVE. PostgreSQL builds the index of such a constraint under that lock and in no other way, so a table with rows is
 * refused.
 */
final class AddExclusionPlan {
    private AddExclusionPlan() {}

    static List<Phase> phases(AddExclusion change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        if (table.partitioned()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s is partitioned: give each partition its exclusion constraint while it is empty"
                            .formatted(table.name()));
        }
        String name = change.name().name();
        Probe.Exclusion wanted = switch (planning.probe(index)) {
            case Probe.Exclusion exclusion -> exclusion;
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_EXPRESSION,
                        "PostgreSQL does not take the exclusion for %s: %s".formatted(table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for an exclusion");
        };
        planning.claim(table, name, List.of("exclusion", wanted.definition()), index);
        Optional<Constraint> there = table.constraint(name);
        there.filter(constraint ->
                        constraint.kind() != 'x' || !constraint.definition().equals(wanted.definition()))
                .ifPresent(constraint -> {
                    throw new RefusedException(
                            Reason.CONFLICTING_DEFINITION,
                            "%s of %s is there with another definition: %s; wanted: %s"
                                    .formatted(
                                            change.name(), table.name(), constraint.definition(), wanted.definition()));
                });
        if (there.isEmpty()) {
            if (!wanted.empty()) {
                throw new RefusedException(
                        Reason.UNSUPPORTED,
                        "%s has rows, or had some and was not vacuumed since: PostgreSQL builds the index of an exclusion constraint only while all reads and writes wait; add it by hand when nobody writes, or make a new table with it and move the rows"
                                .formatted(table.name()));
            }
            requirements.createIndex(List.of(table));
            CreateIndexPlan.requireFree(planning, table, name);
        }
        return planning.brief(
                "Add " + change.name(),
                index,
                there.isPresent(),
                new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE),
                List.of("ALTER TABLE " + table.name().quoted() + " ADD CONSTRAINT "
                        + change.name().quoted() + " EXCLUDE " + change.definition()),
                "pg_catalog.pg_relation_size(%d) = 0".formatted(table.relation().oid()));
    }
}
