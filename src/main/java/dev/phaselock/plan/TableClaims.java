package dev.phaselock.plan;

import dev.phaselock.change.AlterConstraint;
import dev.phaselock.change.AlterType;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropColumn;
import dev.phaselock.change.DropConstraint;
import dev.phaselock.change.DropIndex;
import dev.phaselock.change.DropTrigger;
import dev.phaselock.change.RenameConstraint;
import dev.phaselock.change.ValidateConstraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * Which tables the changes of one plan create or drop. Each phase is planned again from the catalog, so no other change may need
 * a table that is dropped; what is created the later changes may build upon ({@link Foreseen}).
 */
final class TableClaims {
    private TableClaims() {}

    /** Requires that no change is about a table that another one drops, or is yet to create. */
    static void require(List<Change> changes, CatalogFacts facts) {
        for (int i = 0; i < changes.size(); i++) {
            for (int k = 0; k < changes.size(); k++) {
                if (i != k && changes.get(i).namesIndexOnly()) {
                    requireOnlyOne(changes, i, k);
                }
                if (i != k && changes.get(i).dropsTable()) {
                    requireApart(changes, i, k, facts);
                } else if (i != k && changes.get(i) instanceof CreateTable table) {
                    requireBuiltUpon(table, changes, i, k, facts);
                    requireAttachedFirst(table, changes, i, k, facts);
                }
            }
        }
    }

    /** Of an index that is not there its table is not known: so nothing else may be about a thing of its name. */
    private static void requireOnlyOne(List<Change> changes, int byName, int other) {
        QualifiedName name = changes.get(byName).table();
        Change second = changes.get(other);
        if (second.indexes().contains(name.name())
                || second.constraints().contains(name.name())
                || second.tables().contains(name)) {
            throw new RefusedException(
                    Reason.INVALID_SPEC,
                    "changes[%d] and changes[%d] are both about %s: the later one needs a SchemaChange of its own, once the earlier one is Ready"
                            .formatted(Math.min(byName, other), Math.max(byName, other), name));
        }
    }

    /** Before it is there only the foreign keys of other new tables may refer to it; then what adds to it. */
    private static void requireBuiltUpon(
            CreateTable table, List<Change> changes, int creating, int changing, CatalogFacts facts) {
        Change other = changes.get(changing);
        boolean about = other instanceof CreateTable
                ? same(other.table(), table.table(), facts)
                : other.tables().stream().anyMatch(name -> same(name, table.table(), facts));
        boolean builds = changing > creating && !(other instanceof CreateTable) && !undoes(other);
        if (about && !builds) {
            throw new RefusedException(
                    Reason.INVALID_SPEC,
                    "changes[%d] is about %s, which changes[%d] creates: %s"
                            .formatted(
                                    changing,
                                    table.table(),
                                    creating,
                                    changing < creating ? "it has to follow" : "create it as it is to be"));
        }
    }

    /** What a partition must have of its table's is looked for in the catalog, not among what earlier changes make. */
    private static void requireAttachedFirst(
            CreateTable table, List<Change> changes, int creating, int attaching, CatalogFacts facts) {
        if (!(changes.get(attaching) instanceof AttachPartition attach)
                || attach.tables().stream().noneMatch(name -> same(name, table.table(), facts))) {
            return;
        }
        for (int i = creating + 1; i < attaching; i++) {
            Change between = changes.get(i);
            if (!(between instanceof CreateTable)
                    && !(between instanceof AttachPartition)
                    && attach.tables().stream().anyMatch(name -> same(name, between.table(), facts))) {
                throw new RefusedException(
                        Reason.INVALID_SPEC,
                        "changes[%d] attaches %s, and changes[%d] is about %s: attach it first, or by a SchemaChange of its own"
                                .formatted(
                                        attaching,
                                        attach.partition(),
                                        i,
                                        same(between.table(), attach.partition(), facts) ? "it" : "its table"));
            }
        }
    }

    /** Whether it takes something away from a table, or makes something else of what is there. */
    private static boolean undoes(Change change) {
        return switch (change) {
            case DropConstraint _,
                    RenameConstraint _,
                    AlterConstraint _,
                    ValidateConstraint _,
                    DropIndex _,
                    DropColumn _,
                    AlterType _,
                    DropTrigger _,
                    DetachPartition _ -> true;
            default -> false;
        };
    }

    private static void requireApart(List<Change> changes, int dropping, int other, CatalogFacts facts) {
        QualifiedName dropped = changes.get(dropping).table();
        if (changes.get(other).tables().stream().anyMatch(table -> same(table, dropped, facts))) {
            throw new RefusedException(
                    Reason.INVALID_SPEC,
                    "changes[%d] and changes[%d] are both about %s: the later one needs a SchemaChange of its own, once the earlier one is Ready"
                            .formatted(Math.min(dropping, other), Math.max(dropping, other), dropped));
        }
    }

    private static boolean same(QualifiedName one, QualifiedName other, CatalogFacts facts) {
        Table table = facts.tables().get(one);
        Table second = facts.tables().get(other);
        return one.equals(other)
                || (table != null
                        && second != null
                        && table.relation().oid() == second.relation().oid());
    }

    /**
     * Whether it is the name of a table that one of the changes creates or drops: that is there or not.
     *
     * @param facts with all that the changes create
     */
    static boolean comesOrGoes(QualifiedName name, List<Change> changes, CatalogFacts facts) {
        return changes.stream()
                .filter(change -> change.dropsTable() || change instanceof CreateTable)
                .anyMatch(change -> same(name, change.table(), facts));
    }
}
