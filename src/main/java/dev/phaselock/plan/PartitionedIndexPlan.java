package dev.phaselock.plan;

import dev.phaselock.change.CreateIndex;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plans an index of a partitioned table, of which PostgreSQL builds none CONCURRENTLY: first one of each partition that
 * has rows, then the parent's by a brief step. Where every partition has one of the same definition, {@code CREATE INDEX}
 * of the parent only attaches them, on all levels, under SHARE and without looking at a row (facts, measured on 13 to
 * 18). That each is there and valid is looked at under the locks.
 */
final class PartitionedIndexPlan {
    private final CreateIndex change;
    private final int index;
    private final Planning planning;
    private final Table table;
    private final Probe.Built wanted;

    PartitionedIndexPlan(CreateIndex change, int index, Planning planning, Table table, Probe.Built wanted) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.table = table;
        this.wanted = wanted;
    }

    /** @param there whether the parent's index is there, and so all of it */
    List<Phase> phases(String name, boolean there) {
        if (!there) {
            new Requirements(planning.facts()).createIndex(withRows());
            requireNoneInBetween();
        }
        List<Step> steps = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        for (Table leaf : withRows()) {
            Optional<Index> existing = existing(leaf, there);
            String part = existing.map(Index::name).orElseGet(() -> name(leaf));
            if (existing.isEmpty()) {
                planning.claimName(leaf, part, index);
            }
            parts.add("(" + leaf.relation().oid() + ", " + Guards.literal(part) + ")");
            steps.add(step(leaf, part, there || existing.isPresent()));
            if (!there) {
                existing.ifPresent(one -> {
                    planning.takesOver();
                    planning.rest(OwnIndex.rest(leaf, one.name(), true));
                });
            }
        }
        return List.of(
                planning.phase(
                        PhaseType.INDEX, "Build index " + Names.shown(name) + " of each partition", index, steps),
                planning.phase(
                        PhaseType.APPLY,
                        "Create index " + Names.shown(name) + " of the partitions' indexes",
                        index,
                        List.of(new Step.Brief(
                                "Create the index",
                                there,
                                new LockSet()
                                        .add(table, LockMode.SHARE)
                                        .addAll(table.descendants(), LockMode.SHARE)
                                        .toList(),
                                List.of("CREATE " + (change.unique() ? "UNIQUE " : "") + "INDEX " + Names.quoted(name)
                                        + " ON " + table.name().quoted() + " " + change.definition()),
                                Guards.all(Guards.sameDescendants(planning.major(), table), valid(parts))))));
    }

    /** Its leaves' indexes belong to it already, and a second one of each would be built for nothing. */
    private void requireNoneInBetween() {
        for (Table part : table.descendants()) {
            part.indexes().stream()
                    .filter(one -> part.partitioned() && same(one))
                    .findFirst()
                    .ifPresent(one -> {
                        throw new RefusedException(
                                Reason.CONFLICTING_DEFINITION,
                                "%s, a partition that is partitioned itself, has such an index already, %s: drop that one first (dropIndex), or create one for each of the other partitions"
                                        .formatted(part.name(), Names.shown(one.name())));
                    });
        }
    }

    private boolean same(Index one) {
        return one.unique() == change.unique() && wanted.forms().contains(one.definition());
    }

    private Step step(Table leaf, String part, boolean done) {
        // As the server wrote it: an expression may name the parent, which means nothing for a partition.
        String definition = wanted.forms().stream().sorted().findFirst().orElseThrow();
        OwnIndex own = new OwnIndex(leaf, null, wanted, change.unique(), definition);
        planning.rest(own.rest());
        return own.step(
                "Build the index of " + leaf.name(),
                done,
                done,
                List.of("ALTER INDEX " + own.qualified().quoted() + " RENAME TO " + Names.quoted(part)),
                OwnIndex.duplicates(leaf, part, wanted, !change.nullsNotDistinct()));
    }

    /** One that the parent's will take, or has taken. */
    private Optional<Index> existing(Table leaf, boolean there) {
        List<Index> same = leaf.indexes().stream()
                .filter(one -> same(one) && one.constraint() == null && !OwnIndex.isOne(one) && one.attached() == there)
                .toList();
        if (!there) {
            // PostgreSQL would take the first, and the parent's would not be valid either.
            same.forEach(one -> CreateIndexPlan.requireValid(leaf, one));
        }
        return same.stream().findFirst();
    }

    private String name(Table leaf) {
        return ConstraintNames.choose(
                leaf.name().name().name(),
                ConstraintNames.columnsPart(wanted.names()),
                "idx",
                planning.takenNames(Names.schema(leaf)));
    }

    /** A foreign table's rows are the foreign server's business: PostgreSQL leaves it out. */
    private List<Table> withRows() {
        return table.leaves().stream().filter(leaf -> leaf.kind() == Kind.TABLE).toList();
    }

    /** Under the locks: otherwise the server would build what is missing, while nobody may write. */
    private static @Nullable String valid(List<String> parts) {
        return parts.isEmpty()
                ? null
                : parts.stream()
                        .collect(Collectors.joining(
                                ", ",
                                "NOT EXISTS (SELECT FROM (VALUES ",
                                ") AS part (oid, name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i"
                                        + " JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid"
                                        + " WHERE i.indrelid = part.oid::pg_catalog.oid AND i.indisvalid"
                                        + " AND NOT c.relispartition AND c.relname = part.name))"));
    }
}
