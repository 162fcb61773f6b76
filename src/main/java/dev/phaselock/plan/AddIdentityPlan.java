package dev.phaselock.plan;

import dev.phaselock.change.AddIdentity;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;

/**
 * Plans {@code ADD GENERATED … AS IDENTITY} of a column that is NOT NULL already: one brief step under ACCESS EXCLUSIVE,
 * in which no row is read. From PostgreSQL 17 on the partitions of a partitioned table become so too.
 */
final class AddIdentityPlan {
    private static final int OF_PARTITIONS_SINCE = 17;

    private AddIdentityPlan() {}

    static List<Phase> phases(AddIdentity change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Requirements.columns(table, List.of(change.column().name()));
        Probe.Identity identity = switch (planning.probe(index)) {
            case Probe.Identity found -> found;
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "PostgreSQL does not take it for %s: %s".formatted(table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for an identity column");
        };
        boolean done = identity.there() == (change.always() ? 'a' : 'd');
        if (!done) {
            requirePossible(change, table, identity);
            requirements.createIndex(List.of(table));
        }
        boolean inherited = table.partitioned() && planning.major() >= OF_PARTITIONS_SINCE;
        LockSet locks = new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE);
        if (inherited) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        return planning.brief(
                "Make " + change.column() + " an identity column",
                index,
                done,
                locks,
                List.of("ALTER TABLE " + table.name().quoted() + " ALTER COLUMN "
                        + change.column().quoted() + " " + change.action()),
                inherited ? Guards.sameDescendants(planning.major(), table) : null);
    }

    private static void requirePossible(AddIdentity change, Table table, Probe.Identity identity) {
        String column = "column " + change.column() + " of " + table.name();
        if (identity.there() != ' ') {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s is an identity column already, GENERATED %s; by hand: ALTER TABLE %s ALTER COLUMN %s SET GENERATED %s"
                            .formatted(
                                    column,
                                    identity.there() == 'a' ? "ALWAYS" : "BY DEFAULT",
                                    table.name().quoted(),
                                    change.column().quoted(),
                                    change.always() ? "ALWAYS" : "BY DEFAULT"));
        }
        if (identity.partition()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s is a partition: its partitioned table has the identity".formatted(table.name()));
        }
        if (!identity.notNull()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s must be NOT NULL: first a SchemaChange with setNotNull".formatted(column));
        }
        if (identity.hasDefault()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s has a default, or is generated, which an identity column cannot be; of a serial column, by hand and in one transaction: ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT, and then this"
                            .formatted(
                                    column,
                                    table.name().quoted(),
                                    change.column().quoted()));
        }
    }
}
