package dev.phaselock.plan;

import dev.phaselock.change.AddColumn;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.ColumnDetails;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans a new column whose default is volatile, for which PostgreSQL itself would write all rows anew under ACCESS
 * EXCLUSIVE: the column comes without a value and gets its default in the same brief statement, so new rows have one; the
 * rows that are there are filled in batches; NOT NULL comes last, as by {@link SetNotNullPlan}.
 *
 * <p>Which tables are filled the catalog does not say by itself. So each gets, with the column, a check that is always
 * true and NOT VALID, which goes when its rows are filled: as long as it is there they are not. It is checked by nobody
 * (PostgreSQL drops what is {@code OR true} when it plans) and not inherited, so partitions come and go meanwhile.
 */
final class FillColumnPlan {
    private final AddColumn change;
    private final Probe.Altered wanted;
    private final Probe.Filling filling;
    private final Table table;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Optional<Column> there;
    private final String mark;
    private final List<Table> withRows;

    FillColumnPlan(
            AddColumn change, Probe.Altered wanted, Probe.Filling filling, Table table, int index, Planning planning) {
        this.change = change;
        this.wanted = wanted;
        this.filling = filling;
        this.table = table;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.there = table.column(change.name().name());
        this.mark = markName(change.name().name());
        this.withRows = table.partitioned() ? table.leaves() : List.of(table);
    }

    /** {@code phaselock_backfill_}, some of the column's name for people, and a hash of all of it. */
    static String markName(String column) {
        return OwnNames.of("phaselock_backfill", column, column);
    }

    List<Phase> phases() {
        boolean filled = withRows.stream().allMatch(this::filled);
        if (!filled) {
            require();
        }
        planning.claimName(table, mark, index);
        List<Phase> phases = new ArrayList<>();
        phases.add(planning.phase(
                PhaseType.APPLY,
                "Add column " + change.name() + " and its default",
                index,
                List.of(new Step.Brief(
                        "Add the column",
                        there.isPresent(),
                        new LockSet()
                                .add(table, LockMode.ACCESS_EXCLUSIVE)
                                .addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE)
                                .toList(),
                        add(),
                        Guards.sameDescendants(planning.major(), table)))));
        List<Step> steps = new ArrayList<>();
        for (Table rows : withRows) {
            steps.add(new Step.Backfill(
                    "Fill " + rows.name(),
                    filled(rows),
                    rows.relation(),
                    change.name().name(),
                    steps.size() / 2,
                    withRows.size()));
            steps.add(new Step.Brief(
                    "Drop the mark of " + rows.name(),
                    filled(rows),
                    new LockSet().add(rows, LockMode.ACCESS_EXCLUSIVE).toList(),
                    List.of("ALTER TABLE ONLY " + rows.name().quoted() + " DROP CONSTRAINT " + Names.quoted(mark)),
                    null));
        }
        phases.add(planning.phase(
                PhaseType.BACKFILL, "Fill " + change.name() + " of the rows that are there", index, steps));
        if (change.notNull()) {
            phases.addAll(SetNotNullPlan.phases(table, there.orElseGet(this::nullable), index, planning));
        }
        return phases;
    }

    /** One ALTER TABLE where there is one table: the column, its default, and the mark. */
    private List<String> add() {
        String alter = "ALTER TABLE " + table.name().quoted() + " "
                + change.unfilled(wanted.type(), Objects.requireNonNull(change.defaultExpression()));
        String marked = "ADD CONSTRAINT " + Names.quoted(mark) + " CHECK ("
                + change.name().quoted() + " IS NOT DISTINCT FROM NULL OR true) NO INHERIT NOT VALID";
        return table.partitioned()
                ? Stream.concat(
                                Stream.of(alter),
                                withRows.stream()
                                        .map(rows -> "ALTER TABLE ONLY "
                                                + rows.name().quoted() + " " + marked))
                        .toList()
                : List.of(alter + ", " + marked);
    }

    private boolean filled(Table rows) {
        return there.isPresent() && rows.constraint(mark).isEmpty();
    }

    /** As the first phase leaves it. */
    private Column nullable() {
        return new Column(
                change.name().name(),
                wanted.type(),
                wanted.collation(),
                ' ',
                true,
                true,
                new ColumnDetails(false, false, false, false, Set.of(), Set.of(), Set.of(), ColumnUse.NONE));
    }

    private void require() {
        if (!table.partitioned() && !table.descendants().isEmpty()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "other tables inherit from %s, and of those rows are not filled, for the column may be their own already: add it without a default, fill the rows, then setDefault"
                            .formatted(table.name()));
        }
        withRows.stream()
                .filter(rows -> rows.kind() == Kind.FOREIGN)
                .findFirst()
                .ifPresent(foreign -> {
                    throw new RefusedException(
                            Reason.UNSUPPORTED,
                            "the rows of the foreign table %s cannot be filled from here: detach it first"
                                    .formatted(foreign.name()));
                });
        if (!filling.rules().isEmpty()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "rows cannot be filled past %s: drop it first, and make it again"
                            .formatted(filling.rules().getFirst()));
        }
        if (!filling.triggers().isEmpty() && !change.fireTriggers()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "filling the rows would fire %s for each of them, which ADD COLUMN by itself does not: allow it by fireTriggers, or disable it for as long as that takes (ALTER TABLE … DISABLE TRIGGER)"
                            .formatted(String.join(", ", filling.triggers())));
        }
        requirements.owner(
                Stream.concat(Stream.of(table), table.descendants().stream()).toList());
        requirements.selectAll(withRows);
        requirements.noRowSecurity(
                withRows, "ALTER ROLE %s BYPASSRLS, or name a role that sees all rows in database.role");
    }
}
