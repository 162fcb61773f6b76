package dev.phaselock.plan;

import dev.phaselock.change.Change;
import dev.phaselock.change.CreateTable;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.QualifiedName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which tables the changes of one plan create or drop. Each phase is planned again from the catalog, so no other change may need
 * such a table.
 */
final class TableClaims {
    private TableClaims() {}

    /** Requires that no change is about a table that another one drops. */
    static void require(List<Change> changes, CatalogFacts facts) {
        for (int i = 0; i < changes.size(); i++) {
            for (int k = 0; k < changes.size(); k++) {
                if (i != k && changes.get(i).dropsTable()) {
                    requireApart(changes, i, k, facts);
                } else if (i != k && changes.get(i) instanceof CreateTable table) {
                    requireNoChange(table, changes.get(k), i, k);
                }
            }
        }
    }

    /** Only the foreign keys of other new tables may refer to it. */
    private static void requireNoChange(CreateTable table, Change other, int creating, int changing) {
        boolean same = other instanceof CreateTable
                ? other.table().equals(table.table())
                : other.tables().contains(table.table());
        if (same) {
            throw new RefusedException(
                    Reason.INVALID_SPEC,
                    "changes[%d] is about %s, which changes[%d] creates: its constraints belong into the elements, and what else is to follow into a SchemaChange of its own, once this one is Ready"
                            .formatted(changing, table.table(), creating));
        }
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

    /** The names of tables that changes create or drop: these are there or not. */
    static Set<QualifiedName> comingOrGoing(List<Change> changes) {
        Set<QualifiedName> names = new HashSet<>();
        changes.stream()
                .filter(change -> change.dropsTable() || change instanceof CreateTable)
                .forEach(change -> names.add(change.table()));
        return names;
    }
}
