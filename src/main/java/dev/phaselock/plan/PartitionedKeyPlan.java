package dev.phaselock.plan;

import dev.phaselock.change.KeyDefinition;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plans a unique or primary key of a partitioned table, of which PostgreSQL knows no {@code ADD CONSTRAINT USING INDEX}:
 * first the index of each partition, while reads and writes go on, which becomes a key of the partition by a brief step;
 * then the parent's, by another. Where every partition has such a key, {@code ADD CONSTRAINT} of the parent only attaches
 * them, on all levels, and neither builds an index nor reads a row (facts, measured on 13 to 18). That each is there and
 * valid is looked at under the locks.
 */
final class PartitionedKeyPlan {
    /** From here on adding it locks the partitions as strongly as the parent. Measured (PartitionedKeyIT). */
    private static final int PARTITIONS_EXCLUSIVE_SINCE = 18;

    private final KeyDefinition key;
    private final int index;
    private final Planning planning;
    private final Table table;
    private final Probe.Built wanted;
    private final String name;
    private final boolean there;

    /** @param there whether the parent's is there, and so all of it */
    PartitionedKeyPlan(
            KeyDefinition key,
            int index,
            Planning planning,
            Table table,
            Probe.Built wanted,
            String name,
            boolean there) {
        this.key = key;
        this.index = index;
        this.planning = planning;
        this.table = table;
        this.wanted = wanted;
        this.name = name;
        this.there = there;
    }

    /** @param guard of a table, given by its oid: what must be true besides when it gets its key; null for nothing */
    List<Phase> phases(@Nullable LongFunction<String> guard) {
        if (!there) {
            new Requirements(planning.facts()).createIndex(table.leaves());
            requirePossible();
        }
        List<Step> builds = new ArrayList<>();
        List<Step> adds = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        for (Table leaf : table.leaves()) {
            part(leaf, guard, builds, adds, parts);
        }
        Step add = new Step.Brief(
                "Add the constraint",
                there,
                locks(),
                List.of("ALTER TABLE " + table.name().quoted() + " ADD CONSTRAINT " + Names.quoted(name) + " "
                        + key.constraintDefinition()),
                Guards.all(
                        Guards.sameDescendants(planning.major(), table),
                        valid(parts),
                        guard == null ? null : guard.apply(table.relation().oid())));
        String shown = Names.shown(name);
        return List.of(
                planning.phase(PhaseType.INDEX, "Build the index of " + shown + " of each partition", index, builds),
                planning.phase(PhaseType.APPLY, "Add " + shown + " to each partition", index, adds),
                planning.phase(PhaseType.APPLY, "Add " + shown, index, List.of(add)));
    }

    private void part(
            Table leaf, @Nullable LongFunction<String> guard, List<Step> builds, List<Step> adds, List<String> parts) {
        Optional<Constraint> existing = leaf.constraints().stream()
                .filter(one -> same(one) && one.attached() == there)
                .findFirst();
        String part = existing.map(Constraint::name).orElseGet(() -> name(leaf));
        if (existing.isEmpty()) {
            planning.claimName(leaf, part, index);
        } else if (!there) {
            rest(leaf, part);
        }
        if (!there) {
            ownNotNull(leaf);
        }
        boolean added = there || existing.isPresent();
        OwnIndex own = new OwnIndex(leaf, null, wanted, true, key.indexDefinition());
        planning.rest(own.rest());
        builds.add(own.step(
                "Build the index of " + leaf.name(),
                added || own.built(),
                added,
                List.of(),
                OwnIndex.duplicates(leaf, part, wanted, !key.nullsNotDistinct())));
        adds.add(new Step.Brief(
                "Add that of " + leaf.name(),
                added,
                new LockSet().add(leaf, LockMode.ACCESS_EXCLUSIVE).toList(),
                List.of("ALTER TABLE " + leaf.name().quoted() + " ADD CONSTRAINT " + Names.quoted(part) + " "
                        + key.usingIndex(Names.quoted(own.name()))),
                Guards.all(
                        KeyPlan.valid(leaf, own.name()),
                        guard == null ? null : guard.apply(leaf.relation().oid()))));
        parts.add("(" + leaf.relation().oid() + ", " + Guards.literal(part) + ")");
    }

    /** What is left when the parent's never came. */
    private void rest(Table leaf, String part) {
        planning.takesOver();
        planning.rest(new Step.Brief(
                "Drop that of " + leaf.name(),
                false,
                new LockSet().add(leaf, LockMode.ACCESS_EXCLUSIVE).toList(),
                List.of("ALTER TABLE " + leaf.name().quoted() + " DROP CONSTRAINT " + Names.quoted(part)),
                null));
    }

    /** From 18 on a primary key that is made of an index makes NOT NULL the partition's own, too, and so it outlives the parent's. */
    private void ownNotNull(Table leaf) {
        if (!key.primary()) {
            return;
        }
        leaf.constraints().stream()
                .filter(one -> one.kind() == 'n' && !one.inherited())
                .map(Constraint::notNullColumn)
                .filter(column -> key.columns().stream()
                        .anyMatch(wantedColumn -> wantedColumn.name().equals(column)))
                .forEach(column -> planning.rest(new Step.Brief(
                        "Drop NOT NULL of " + leaf.name(),
                        false,
                        new LockSet().add(leaf, LockMode.ACCESS_EXCLUSIVE).toList(),
                        List.of("ALTER TABLE " + leaf.name().quoted() + " ALTER COLUMN " + Names.quoted(column)
                                + " DROP NOT NULL"),
                        null)));
    }

    private List<RelationLock> locks() {
        LockSet locks = new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE);
        for (Table part : table.descendants()) {
            LockMode mode = planning.major() >= PARTITIONS_EXCLUSIVE_SINCE
                    ? LockMode.ACCESS_EXCLUSIVE
                    // A deferrable key has a trigger, which those with a key of their own have already.
                    : key.deferrable() && part.partitioned() ? LockMode.SHARE_ROW_EXCLUSIVE : LockMode.SHARE;
            locks.add(part, mode);
        }
        return locks.toList();
    }

    private void requirePossible() {
        for (Table part : table.descendants()) {
            if (part.kind() == Kind.FOREIGN) {
                throw new RefusedException(
                        Reason.UNSUPPORTED,
                        "%s is a foreign table, and PostgreSQL has no unique or primary key of a partitioned table with such a partition"
                                .formatted(part.name()));
            }
            Optional<Constraint> other = part.constraints().stream()
                    .filter(one ->
                            (part.partitioned() && same(one)) || (key.primary() && one.kind() == 'p' && !same(one)))
                    .findFirst();
            if (other.isPresent()) {
                throw new RefusedException(
                        Reason.CONFLICTING_DEFINITION,
                        "%s, a partition, has a key of its own already, %s %s: drop that one first (dropConstraint)"
                                .formatted(
                                        part.name(),
                                        Names.shown(other.get().name()),
                                        other.get().definition()));
            }
        }
    }

    private boolean same(Constraint one) {
        return one.kind() == (key.primary() ? 'p' : 'u') && one.definition().equals(wanted.constraint());
    }

    private String name(Table leaf) {
        return ConstraintNames.choose(
                leaf.name().name().name(),
                key.primary() ? null : ConstraintNames.columnsPart(wanted.names()),
                key.primary() ? "pkey" : "key",
                planning.takenNames(Names.schema(leaf)));
    }

    /** Under the locks: otherwise the server would build what is missing, while nobody may read or write. */
    private static @Nullable String valid(List<String> parts) {
        return parts.isEmpty()
                ? null
                : parts.stream()
                        .collect(Collectors.joining(
                                ", ",
                                "NOT EXISTS (SELECT FROM (VALUES ",
                                ") AS part (oid, name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k"
                                        + " JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid"
                                        + " WHERE k.conrelid = part.oid::pg_catalog.oid AND k.conname = part.name"
                                        + " AND k.contype IN ('p', 'u') AND k.conparentid = 0 AND i.indisvalid))"));
    }
}
