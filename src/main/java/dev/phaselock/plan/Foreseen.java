package dev.phaselock.plan;

import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.ColumnDetails;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.CatalogFacts.UniqueKey;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What tables are for a later change of the same SchemaChange: as the catalog says, and with what the earlier changes
 * create, as the server made it of a temporary table ({@link Probe}). What is there already is left as it is, so that it
 * comes out the same before and after the earlier phases.
 *
 * <p>Only what a change needs to be planned is foreseen (tables, columns, unique keys), never that something is done: a
 * change's own work is looked for before it is foreseen.
 */
public final class Foreseen {
    private Foreseen() {}

    /**
     * The tables once a change was carried out.
     *
     * @param probe what the server made of the change
     * @param tables before it, by the names that changes have for them
     */
    public static Map<QualifiedName, Table> after(Change change, Probe probe, Map<QualifiedName, Table> tables) {
        Map<QualifiedName, Table> after = new HashMap<>(tables);
        if (probe instanceof Probe.NewTable created && created.made() != null) {
            // Unless it has a schema, the name may have meant another table so far.
            QualifiedName unqualified = new QualifiedName(null, created.name().name());
            after.putIfAbsent(unqualified, created.made());
            after.put(change.table(), created.made());
            after.put(created.name(), created.made());
            return after;
        }
        Table table = tables.get(change.table());
        if (table == null) {
            return after;
        }
        Table changed = switch (change) {
            case AddColumn column when probe instanceof Probe.Altered altered -> with(table, column, altered);
            case AddColumn column when probe instanceof Probe.NewColumn all -> with(table, column, all.column());
            case AddKey key -> with(table, key);
            default -> table;
        };
        after.replaceAll((_, other) -> other.relation().equals(table.relation()) ? changed : other);
        return after;
    }

    /** The facts with the tables as they are then. */
    static CatalogFacts after(Change change, Probe probe, CatalogFacts facts) {
        Map<String, Set<String>> taken = new HashMap<>(facts.takenNames());
        if (probe instanceof Probe.NewTable created && created.made() != null) {
            Set<String> names = new HashSet<>(taken.getOrDefault(Names.schema(created.made()), Set.of()));
            created.made().constraints().forEach(constraint -> names.add(constraint.name()));
            created.made().indexes().forEach(index -> names.add(index.name()));
            taken.put(Names.schema(created.made()), names);
        }
        return new CatalogFacts(
                facts.server(),
                after(change, probe, facts.tables()),
                facts.referenced(),
                facts.otherTables(),
                taken,
                facts.relations(),
                facts.probes());
    }

    /** The facts once all changes were carried out that could be tried. */
    static CatalogFacts after(List<Change> changes, CatalogFacts facts) {
        CatalogFacts after = facts;
        for (int i = 0; i < Math.min(changes.size(), facts.probes().size()); i++) {
            after = after(changes.get(i), facts.probes().get(i), after);
        }
        return after;
    }

    private static Table with(Table table, AddColumn column, Probe.Altered altered) {
        if (table.column(column.name().name()).isPresent()) {
            return table;
        }
        List<Column> columns = new ArrayList<>(table.columns());
        columns.add(new Column(
                column.name().name(),
                altered.type(),
                altered.collation(),
                column.generatedExpression() == null ? ' ' : 'v',
                true,
                true,
                new ColumnDetails(
                        column.notNull(),
                        column.notNull(),
                        false,
                        false,
                        Set.of(altered.defaults().stream().sorted().findFirst().orElse("")),
                        Set.of(-1),
                        Set.of(),
                        ColumnUse.NONE)));
        return with(table, columns, table.keys());
    }

    private static Table with(Table table, AddKey change) {
        List<String> columns =
                change.key().columns().stream().map(Identifier::name).toList();
        if (table.keys().stream().anyMatch(key -> key.columns().equals(columns))) {
            return table;
        }
        List<UniqueKey> keys = new ArrayList<>(table.keys());
        UniqueKey key =
                new UniqueKey(columns, change.key().primary(), !change.key().deferrable());
        keys.add(key.primary() ? 0 : keys.size(), key);
        return with(table, table.columns(), keys);
    }

    private static Table with(Table table, List<Column> columns, List<UniqueKey> keys) {
        return new Table(
                table.relation(),
                table.kind(),
                table.persistence(),
                table.estimatedRows(),
                table.owner(),
                table.ownerReads(),
                table.privileges(),
                columns,
                keys,
                table.constraints(),
                table.indexes(),
                table.descendants());
    }
}
