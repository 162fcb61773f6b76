package dev.phaselock.plan;

import dev.phaselock.change.AddForeignKey;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Plans {@code ADD FOREIGN KEY}:
 *
 * <ul>
 *   <li>Add NOT VALID (SHARE ROW EXCLUSIVE on both tables, no scan), then validate.
 *   <li>A partitioned table before PostgreSQL 18 takes no NOT VALID key: it is added to and validated on each leaf, and
 *       then added to the parent, which finds it on every leaf and scans nothing. For that PostgreSQL drops triggers on
 *       the referenced table, under ACCESS EXCLUSIVE.
 * </ul>
 */
final class AddForeignKeyPlan {
    private final WantedForeignKey wanted;
    private final ForeignKeySql sql;
    private final Planning planning;
    private final int change;
    private final Table table;
    private final Table referenced;

    private AddForeignKeyPlan(WantedForeignKey wanted, int change, Planning planning) {
        this.wanted = wanted;
        this.sql = wanted.sql();
        this.planning = planning;
        this.change = change;
        this.table = wanted.table();
        this.referenced = wanted.referenced();
    }

    static List<Phase> phases(AddForeignKey change, int index, Planning planning) {
        WantedForeignKey wanted = WantedForeignKey.of(change, index, planning);
        List<Phase> phases = new ArrayList<>(new AddForeignKeyPlan(wanted, index, planning).phases());
        WantedForeignKey.replacement(change, wanted.table())
                .ifPresent(replacement -> phases.add(replacement.phase(wanted.existing(), index, planning)));
        return phases;
    }

    /**
     * The steps of one that is no partitioned table's, or one of 18 and newer.
     *
     * @param add NOT VALID
     */
    record Steps(WantedForeignKey wanted, Step.Brief add, Step.Validate validate) {}

    static boolean isLeafByLeaf(Table table, int major) {
        return table.partitioned() && major < WantedForeignKey.PARTITIONED_NOT_VALID_SINCE;
    }

    static Steps steps(AddForeignKey change, int index, Planning planning) {
        return new AddForeignKeyPlan(WantedForeignKey.of(change, index, planning), index, planning).steps();
    }

    private List<Phase> phases() {
        if (isLeafByLeaf(table, planning.major())) {
            return leafByLeaf();
        }
        Steps steps = steps();
        return List.of(
                planning.phase(PhaseType.APPLY, "Add " + wanted.label() + " NOT VALID", change, List.of(steps.add())),
                planning.phase(PhaseType.VALIDATE, "Validate " + wanted.label(), change, List.of(steps.validate())));
    }

    private Steps steps() {
        Optional<Constraint> existing = wanted.existing();
        LockSet locks = new LockSet().add(table, LockMode.SHARE_ROW_EXCLUSIVE);
        boolean attaches = table.partitioned() && table.descendants().stream().anyMatch(this::takenOver);
        if (attaches) {
            planning.takesOver();
            attachingLocks(locks);
        } else {
            if (table.partitioned() || planning.major() >= WantedForeignKey.PARTITIONED_NOT_VALID_SINCE) {
                // From 18 on inheritance children are locked too, although a foreign key is not inherited.
                locks.addAll(table.descendants(), LockMode.SHARE_ROW_EXCLUSIVE);
            }
            addingLocks(locks);
        }
        Step.Brief add = new Step.Brief(
                "Add NOT VALID",
                existing.isPresent(),
                locks.toList(),
                List.of(sql.addTo(table, wanted.name(), true)),
                Guards.sameDescendants(planning.major(), table, referenced));
        return new Steps(
                wanted,
                add,
                validate(
                        table,
                        wanted.name(),
                        existing.filter(Constraint::validated).isPresent()));
    }

    private List<Phase> leafByLeaf() {
        boolean whole = wanted.existing().isPresent();
        List<Step> adds = new ArrayList<>();
        List<Step> validates = new ArrayList<>();
        for (Table leaf : table.leaves()) {
            Optional<Constraint> there = wanted.on(leaf);
            String name = there.map(Constraint::name).orElseGet(() -> wanted.nameOn(leaf));
            if (!whole && there.isPresent()) {
                rest(leaf, name);
            }
            LockSet locks = new LockSet().add(leaf, LockMode.SHARE_ROW_EXCLUSIVE);
            addingLocks(locks);
            adds.add(new Step.Brief(
                    "Add NOT VALID to " + leaf.name(),
                    whole || there.isPresent(),
                    locks.toList(),
                    List.of(sql.addTo(leaf, name, true)),
                    Guards.sameDescendants(planning.major(), referenced)));
            validates.add(validate(
                    leaf, name, whole || there.filter(Constraint::validated).isPresent()));
        }
        LockSet locks = new LockSet().add(table, LockMode.SHARE_ROW_EXCLUSIVE);
        if (table.leaves().isEmpty()) {
            locks.addAll(table.descendants(), LockMode.SHARE_ROW_EXCLUSIVE);
            addingLocks(locks);
        } else {
            attachingLocks(locks);
        }
        Step add = new Step.Brief(
                "Add to " + table.name(),
                whole,
                locks.toList(),
                List.of(sql.addTo(table, wanted.name(), false)),
                Guards.all(
                        Guards.sameDescendants(planning.major(), table, referenced),
                        sql.validOnEach(table.leaves(), planning.major())));
        return List.of(
                planning.phase(PhaseType.APPLY, "Add " + wanted.label() + " NOT VALID to each partition", change, adds),
                planning.phase(
                        PhaseType.VALIDATE, "Validate " + wanted.label() + " on each partition", change, validates),
                planning.phase(PhaseType.APPLY, "Add " + wanted.label(), change, List.of(add)));
    }

    /** A leaf's key that the parent's has not taken yet. */
    private void rest(Table leaf, String name) {
        planning.takesOver();
        planning.rest(new Step.Brief(
                "Drop that of " + leaf.name(),
                false,
                new LockSet()
                        .add(leaf, LockMode.ACCESS_EXCLUSIVE)
                        .add(referenced, LockMode.ACCESS_EXCLUSIVE)
                        .addAll(
                                DropConstraintPlan.withTriggers(referenced, planning.major()),
                                LockMode.ACCESS_EXCLUSIVE)
                        .toList(),
                List.of("ALTER TABLE " + leaf.name().quoted() + " DROP CONSTRAINT " + Names.quoted(name)),
                Guards.sameDescendants(planning.major(), referenced)));
    }

    /** What a new key locks of the referenced side. */
    private void addingLocks(LockSet locks) {
        locks.add(referenced, LockMode.SHARE_ROW_EXCLUSIVE);
        if (referenced.partitioned()) {
            locks.addAll(referenced.descendants(), LockMode.SHARE_ROW_EXCLUSIVE);
        }
    }

    /** Whether a partition has the key already, of its own. */
    private boolean takenOver(Table partition) {
        return wanted.on(partition).filter(constraint -> !constraint.attached()).isPresent();
    }

    /**
     * What PostgreSQL locks to add a key that partitions have already: to make one constraint of theirs and the parent's
     * it drops triggers under ACCESS EXCLUSIVE. Before 18 it does not look below a partition that has the key; before 15
     * it spares a partitioned referenced table, but not its leaves. Measured (PlanIT).
     */
    private void attachingLocks(LockSet locks) {
        boolean leafByLeaf = planning.major() < WantedForeignKey.PARTITIONED_NOT_VALID_SINCE;
        List<Table> parts = table.descendants().stream()
                .filter(part -> !leafByLeaf
                        || wanted.on(part).filter(Constraint::attached).isEmpty())
                .toList();
        locks.addAll(parts, LockMode.SHARE_ROW_EXCLUSIVE);
        if (!referenced.partitioned()) {
            locks.add(referenced, LockMode.ACCESS_EXCLUSIVE);
            return;
        }
        boolean sparesPartitioned = planning.major() < 15;
        LockMode root = sparesPartitioned ? LockMode.SHARE_ROW_EXCLUSIVE : LockMode.ACCESS_EXCLUSIVE;
        locks.add(referenced, root);
        for (Table part : referenced.descendants()) {
            locks.add(part, part.partitioned() ? root : LockMode.ACCESS_EXCLUSIVE);
        }
        locks.addAll(
                parts.stream()
                        .filter(part -> leafByLeaf ? !part.partitioned() || takenOver(part) : takenOver(part))
                        .toList(),
                LockMode.ACCESS_EXCLUSIVE);
    }

    private Step.Validate validate(Table validated, String name, boolean done) {
        return ForeignKeyValidation.step(validated, referenced, name, done, wanted::on, wanted.reported(), sql);
    }
}
