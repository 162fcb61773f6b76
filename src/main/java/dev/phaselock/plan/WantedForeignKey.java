package dev.phaselock.plan;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key that is wanted, resolved by the catalog and found possible: its tables and columns, its name, what of it
 * is there already.
 */
final class WantedForeignKey {
    /** A NOT VALID key on a partitioned table; before, its leaves get the key first. */
    static final int PARTITIONED_NOT_VALID_SINCE = 18;

    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String DATATYPE_MISMATCH = "42804";
    private static final int SET_COLUMNS_SINCE = 15;
    static final String RLS_HELP = "ALTER ROLE %s BYPASSRLS, or name a role that sees all rows in database.role";

    private final Table table;
    private final Table referenced;
    private final List<Column> columns;
    private final List<Column> referencedColumns;
    private final ForeignKey definition;
    private final List<Comparison> comparisons;
    private final Optional<Constraint> existing;
    private final String name;
    private final String shown;

    private WantedForeignKey(
            Table table,
            Table referenced,
            List<Column> columns,
            List<Column> referencedColumns,
            ForeignKey definition,
            List<Comparison> comparisons,
            Optional<Constraint> existing,
            String name,
            String shown) {
        this.table = table;
        this.referenced = referenced;
        this.columns = columns;
        this.referencedColumns = referencedColumns;
        this.definition = definition;
        this.comparisons = comparisons;
        this.existing = existing;
        this.name = name;
        this.shown = shown;
    }

    /** @throws RefusedException if the server could not take it */
    static WantedForeignKey of(AddForeignKey change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Table referenced = requirements.table(change.referencedTable(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        List<Column> columns = Requirements.columns(table, names(change.columns()));
        List<Column> referencedColumns = referencedColumns(change, referenced, columns.size());
        ForeignKey definition = new ForeignKey(
                referenced.relation().oid(),
                columns.stream().map(Column::name).toList(),
                referencedColumns.stream().map(Column::name).toList(),
                change.onDelete(),
                ForeignKey.setColumns(names(change.onDeleteColumns()), names(change.columns())),
                change.onUpdate(),
                change.match(),
                change.deferrable(),
                change.initiallyDeferred(),
                false);
        Identifier addedAs = addedAs(change, table, definition);
        Optional<Constraint> existing = existing(addedAs, table, referenced, definition);
        String name = existing.map(Constraint::name)
                .orElseGet(() -> addedAs != null ? addedAs.name() : chosenName(table, definition, planning));
        String shown = change.name() != null ? change.name().name() : name;
        planning.claim(table, shown, definition, index);
        if (existing.isEmpty()) {
            replacement(change, table).ifPresent(replacement -> replacement.require(false));
            possible(change, table, referenced, columns, referencedColumns, planning.major());
            requirements.references(referenced, referencedColumns);
            Requirements.ownerReads(referenced);
        }
        List<Comparison> comparisons = List.of();
        if (existing.filter(Constraint::validated).isEmpty()) {
            List<Table> rows = table.partitioned() ? table.leaves() : List.of(table);
            // From 18 on the server itself adds the key to the partitions, whoever owns them.
            boolean leafByLeaf = table.partitioned() && planning.major() < PARTITIONED_NOT_VALID_SINCE;
            requirements.owner(
                    leafByLeaf ? Stream.concat(Stream.of(table), rows.stream()).toList() : List.of(table));
            requirements.selectAll(rows);
            requirements.select(referenced, referencedColumns);
            requirements.noRowSecurity(
                    Stream.concat(rows.stream(), Stream.of(referenced))
                            .distinct()
                            .toList(),
                    RLS_HELP);
            comparisons = comparisons(planning.probe(index), table, referenced, columns, referencedColumns);
        }
        return new WantedForeignKey(
                table, referenced, columns, referencedColumns, definition, comparisons, existing, name, shown);
    }

    static Optional<Replacement> replacement(AddForeignKey change, Table table) {
        return Replacement.of(change, change.name(), change.replaces(), table);
    }

    /** The name that it has, or has for a while; null for the one that PostgreSQL gives. */
    private static @Nullable Identifier addedAs(AddForeignKey change, Table table, ForeignKey definition) {
        Replacement replacement =
                replacement(change, table).filter(Replacement::sameName).orElse(null);
        Identifier name = change.name();
        if (replacement == null || name == null) {
            return name;
        }
        if (table.partitioned()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s is partitioned, where a foreign key cannot be renamed with those of its partitions: give the new one another name than that which it replaces"
                            .formatted(table.name()));
        }
        boolean done = table.constraint(name.name())
                .filter(there -> there.enforced() && definition.equals(there.foreignKey()))
                .isPresent();
        return done ? name : new Identifier(replacement.addedAs());
    }

    /** By PostgreSQL's rule; what an earlier phase added to the leaves does not take the name. */
    private static String chosenName(Table table, ForeignKey definition, Planning planning) {
        Set<String> taken = new HashSet<>(planning.takenNames(Names.schema(table)));
        if (table.partitioned() && planning.major() < PARTITIONED_NOT_VALID_SINCE) {
            table.leaves()
                    .forEach(
                            leaf -> find(leaf, definition).map(Constraint::name).ifPresent(taken::remove));
        }
        table.constraints().forEach(constraint -> taken.add(constraint.name()));
        return ConstraintNames.choose(
                table.name().name().name(), ConstraintNames.columnsPart(definition.columns()), "fkey", taken);
    }

    private static List<Column> referencedColumns(AddForeignKey change, Table referenced, int count) {
        if (!change.referencedColumns().isEmpty()) {
            return Requirements.columns(referenced, names(change.referencedColumns()));
        }
        List<String> primaryKey = referenced.primaryKey();
        if (primaryKey.isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    referenced.name() + " has no primary key: name the columns in references.columns");
        }
        if (primaryKey.size() != count) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "the primary key of %s has %d columns (%s), columns has %d"
                            .formatted(referenced.name(), primaryKey.size(), Names.shown(primaryKey), count));
        }
        return Requirements.columns(referenced, primaryKey);
    }

    /** The key as it is there: under its name, or where the manifest gives none, under any. */
    private static Optional<Constraint> existing(
            @Nullable Identifier name, Table table, Table referenced, ForeignKey definition) {
        if (name == null) {
            return find(table, definition);
        }
        Optional<Constraint> named = table.constraint(name.name());
        if (named.isEmpty()) {
            return named;
        }
        Constraint there = named.get();
        if (there.ownPart() || !definition.equals(there.foreignKey())) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there with another definition: %s; wanted: %s"
                            .formatted(
                                    name,
                                    table.name(),
                                    there.definition(),
                                    ForeignKeySql.shown(definition, referenced)));
        }
        if (!there.enforced()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there, but NOT ENFORCED; to enforce it PostgreSQL checks all rows while it keeps writers"
                                    .formatted(name, table.name())
                            + " waiting: drop it first, then it is added anew");
        }
        return named;
    }

    /** The same key on a table, a valid one first. */
    static Optional<Constraint> find(Table table, ForeignKey definition) {
        List<Constraint> same = table.constraints().stream()
                .filter(constraint ->
                        constraint.enforced() && !constraint.ownPart() && definition.equals(constraint.foreignKey()))
                .toList();
        return same.stream()
                .filter(Constraint::validated)
                .findFirst()
                .or(() -> same.stream().findFirst());
    }

    private static void possible(
            AddForeignKey change,
            Table table,
            Table referenced,
            List<Column> columns,
            List<Column> referencedColumns,
            int major) {
        if (!change.onDeleteColumns().isEmpty() && major < SET_COLUMNS_SINCE) {
            throw new RefusedException(Reason.UNSUPPORTED, "onDeleteColumns needs PostgreSQL 15, this is " + major);
        }
        Set<String> wanted = referencedColumns.stream().map(Column::name).collect(Collectors.toSet());
        boolean unique = referenced.keys().stream()
                .anyMatch(key ->
                        key.immediate() && key.columns().size() == wanted.size() && wanted.containsAll(key.columns()));
        if (!unique) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s has no primary key, unique constraint or unique index over exactly %s (one that is neither partial nor deferrable)"
                                    .formatted(
                                            referenced.name(),
                                            Names.shown(wanted.stream().sorted().toList()))
                            + (referenced.keys().isEmpty()
                                    ? ""
                                    : "; there is one over "
                                            + referenced.keys().stream()
                                                    .map(key -> Names.shown(key.columns()))
                                                    .collect(Collectors.joining("; over "))));
        }
        if (table.persistence() != referenced.persistence()
                && !(table.persistence() == 'u' && referenced.persistence() == 'p')) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s is %s and %s is %s: a key of the former cannot refer to the latter"
                            .formatted(table.name(), persistence(table), referenced.name(), persistence(referenced)));
        }
        for (Table leaf : table.leaves()) {
            if (table.partitioned() && leaf.kind() == Kind.FOREIGN) {
                throw new RefusedException(
                        Reason.UNSUPPORTED,
                        "partition %s of %s is a foreign table, which PostgreSQL gives no foreign key"
                                .formatted(leaf.name(), table.name()));
            }
        }
        generated(change, columns);
    }

    private static void generated(AddForeignKey change, List<Column> columns) {
        boolean sets = change.onUpdate() == Action.CASCADE
                || Stream.of(change.onUpdate(), change.onDelete())
                        .anyMatch(action -> action == Action.SET_NULL || action == Action.SET_DEFAULT);
        for (Column column : columns) {
            if (column.generated() == 'v' || (column.generated() == 's' && sets)) {
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "%s is a generated column: PostgreSQL takes no such key of it"
                                .formatted(Names.shown(column.name())));
            }
        }
    }

    private static String persistence(Table table) {
        return switch (table.persistence()) {
            case 't' -> "temporary";
            case 'u' -> "unlogged";
            default -> "permanent";
        };
    }

    private static List<Comparison> comparisons(
            Probe probe, Table table, Table referenced, List<Column> columns, List<Column> referencedColumns) {
        return switch (probe) {
            case Probe.Key key -> key.comparisons();
            case Probe.Failed failed ->
                throw failed.sqlState().equals(INSUFFICIENT_PRIVILEGE)
                        ? new RefusedException(Reason.PERMISSION_DENIED, failed.message())
                        : new RefusedException(
                                Reason.INVALID_TARGET,
                                "%s (%s) cannot refer to %s (%s): %s"
                                        .formatted(
                                                table.name(),
                                                types(columns),
                                                referenced.name(),
                                                types(referencedColumns),
                                                failed.sqlState().equals(DATATYPE_MISMATCH)
                                                        ? "these types have no common operator = that the key's index serves"
                                                        : failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a foreign key");
        };
    }

    private static String types(List<Column> columns) {
        return columns.stream()
                .map(column -> Names.shown(column.name()) + " " + column.type())
                .collect(Collectors.joining(", "));
    }

    private static List<String> names(List<Identifier> identifiers) {
        return identifiers.stream().map(Identifier::name).toList();
    }

    Table table() {
        return table;
    }

    Table referenced() {
        return referenced;
    }

    String name() {
        return name;
    }

    /** The key as it is there, valid or not. */
    Optional<Constraint> existing() {
        return existing;
    }

    /** For people. */
    String label() {
        return Names.shown(shown);
    }

    /** The name that it has in the end. */
    String reported() {
        return shown;
    }

    /** The same key of a partition. */
    Optional<Constraint> on(Table partition) {
        return find(partition, definition);
    }

    /** A name for the key of a partition that has none yet: the key's own, with a number where that is taken. */
    String nameOn(Table partition) {
        Set<String> taken =
                partition.constraints().stream().map(Constraint::name).collect(Collectors.toSet());
        return taken.contains(name)
                ? ConstraintNames.choose(
                        partition.name().name().name(),
                        ConstraintNames.columnsPart(definition.columns()),
                        "fkey",
                        taken)
                : name;
    }

    ForeignKeySql sql() {
        return new ForeignKeySql(referenced, definition, columns, referencedColumns, comparisons);
    }
}
