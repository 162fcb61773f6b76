package dev.phaselock.plan;

import dev.phaselock.change.AddColumn;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code ADD COLUMN}: one brief step, under ACCESS EXCLUSIVE on the table and all that inherits from it. PostgreSQL
 * keeps the value of a default that is not volatile in the catalog, for the rows that are there ({@code
 * pg_attribute.attmissingval}); whether it does so, or would write every row anew, the server itself says of a temporary
 * table. What would be written anew for its default gets that by itself, and the rows are filled in batches ({@link
 * FillColumnPlan}); what else would be is refused.
 */
final class AddColumnPlan {
    private static final int VIRTUAL_SINCE = 18;

    private final AddColumn change;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;

    private AddColumnPlan(AddColumn change, int index, Planning planning) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
    }

    static List<Phase> phases(AddColumn change, int index, Planning planning) {
        return new AddColumnPlan(change, index, planning).phases();
    }

    private List<Phase> phases() {
        if (change.generatedExpression() != null && planning.major() < VIRTUAL_SINCE) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "virtual generated columns came with PostgreSQL 18, and a stored one would be written into every row while everybody waits: make it a view's column, or add an ordinary column that a trigger fills");
        }
        Probe probe = planning.probe(index);
        Probe.Altered wanted = ColumnProbe.of(
                probe instanceof Probe.NewColumn all ? all.column() : probe,
                "PostgreSQL does not take the column in %s".formatted(table.name()));
        Optional<Column> there = table.column(change.name().name());
        there.ifPresent(column -> requireSame(column, wanted));
        NewColumnConstraints constraints = new NewColumnConstraints(change, probe, wanted, table, index, planning);
        if (wanted.filling() != null) {
            List<Phase> phases = new ArrayList<>(
                    new FillColumnPlan(change, wanted, wanted.filling(), table, index, planning).phases());
            phases.addAll(constraints.byThemselves());
            return phases;
        }
        if (there.isEmpty()) {
            requireNoRewrite(wanted);
            requirements.owner(Stream.concat(Stream.of(table), table.descendants().stream())
                    .toList());
        }
        return constraints.with(
                there.isPresent(),
                "ADD COLUMN " + change.name().quoted() + " " + change.definition(wanted.type(), change.expression()));
    }

    private void requireNoRewrite(Probe.Altered wanted) {
        if (wanted.rewritten()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "PostgreSQL would write every row of %s anew for column %s while everybody waits: its type is serial or a domain with constraints. Take the type that is below it; for serial a sequence of your own, and nextval of it as the default"
                            .formatted(table.name(), change.name()));
        }
        if (change.notNull() && !wanted.filled()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "the default of column %s is null, so rows of %s would violate NOT NULL: leave notNull out, fill the rows, and let setNotNull follow"
                            .formatted(change.name(), table.name()));
        }
    }

    private void requireSame(Column there, Probe.Altered wanted) {
        CatalogFacts.ColumnDetails details = there.detailed();
        LaterChanges later = planning.later(index);
        boolean same = there.type().equals(wanted.type())
                && Objects.equals(there.collation(), wanted.collation())
                && (there.generated() == ' ') == (change.generatedExpression() == null)
                && there.generated() != 's'
                // Where rows are filled first, that comes last.
                && (details.notNull() == change.notNull()
                        || (change.notNull() && wanted.filling() != null)
                        || later.decideNotNull(change.name()))
                && !details.identity()
                && (wanted.defaults().contains(details.use().value())
                        || later.defaults(change.name()).contains(details.use().value()));
        if (!same) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "column %s of %s is there with another definition: %s; wanted: %s"
                            .formatted(change.name(), table.name(), described(there), described(wanted)));
        }
    }

    private static String described(Column there) {
        CatalogFacts.ColumnDetails details = there.detailed();
        return described(
                there.type(),
                there.collation(),
                there.generated() != ' ' ? "GENERATED AS" : "DEFAULT",
                details.use().value(),
                details.notNull() + (details.identity() ? " identity" : ""));
    }

    private String described(Probe.Altered wanted) {
        return described(
                wanted.type(),
                wanted.collation(),
                change.generatedExpression() != null ? "GENERATED AS" : "DEFAULT",
                wanted.defaults().stream().sorted().findFirst().orElse(""),
                String.valueOf(change.notNull()));
    }

    private static String described(
            String type,
            @org.jspecify.annotations.Nullable String collation,
            String kind,
            String value,
            String notNull) {
        return type
                + (collation == null ? "" : " COLLATE " + collation)
                + (value.isEmpty() ? "" : " " + kind + " " + value)
                + (notNull.startsWith("true") ? " NOT NULL" : "")
                + (notNull.endsWith("identity") ? " as an identity" : "");
    }
}
