package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The locks of a step: for each relation the strongest mode, in the order in which they were added first. */
final class LockSet {
    private final Map<Relation, RelationLock> locks = new LinkedHashMap<>();

    LockSet add(Table table, LockMode mode) {
        // LOCK TABLE takes no foreign table; other statements lock it all the same.
        boolean lockable =
                table.kind() != CatalogFacts.Kind.FOREIGN && table.privileges().mayLock(mode);
        locks.merge(
                table.relation(),
                new RelationLock(table.relation(), mode, lockable),
                (one, other) -> one.mode().compareTo(other.mode()) >= 0 ? one : other);
        return this;
    }

    /** Those of another step. */
    LockSet addLocks(List<RelationLock> others) {
        others.forEach(lock -> locks.merge(
                lock.relation(), lock, (one, other) -> one.mode().compareTo(other.mode()) >= 0 ? one : other));
        return this;
    }

    LockSet addAll(List<Table> tables, LockMode mode) {
        tables.forEach(table -> add(table, mode));
        return this;
    }

    /** A relation that the step itself creates: nobody else can want it. */
    LockSet addCreated(QualifiedName name) {
        Relation relation = new Relation(0, name);
        locks.put(relation, new RelationLock(relation, LockMode.ACCESS_EXCLUSIVE, false));
        return this;
    }

    List<RelationLock> toList() {
        return List.copyOf(locks.values());
    }
}
