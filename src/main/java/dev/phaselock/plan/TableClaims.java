package dev.phaselock.plan;

import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.QualifiedName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which tables the changes of one plan drop. Each phase is planned again from the catalog, so no other change may need
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
                }
            }
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

    /** The names by which changes drop tables: these are there or not. */
    static Set<QualifiedName> dropped(List<Change> changes) {
        Set<QualifiedName> dropped = new HashSet<>();
        changes.stream().filter(Change::dropsTable).forEach(change -> dropped.add(change.table()));
        return dropped;
    }
}
