package dev.phaselock.cli;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AlterConstraint;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropConstraint;
import dev.phaselock.change.DropIndex;
import dev.phaselock.change.DropNotNull;
import dev.phaselock.change.Reindex;
import dev.phaselock.change.RenameConstraint;
import dev.phaselock.change.ValidateConstraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tables that changes need, with what the changes name of them, and without what the changes make. */
final class AssumedTables {
    private final Identifier schema;
    private final Map<QualifiedName, AssumedTable> tables = new LinkedHashMap<>();
    private final Set<QualifiedName> requested = new LinkedHashSet<>();

    /** @param schema of names that have none */
    AssumedTables(List<Change> changes, Identifier schema) {
        this.schema = schema;
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            if (change.namesIndexOnly()) {
                tables.put(qualified(change.table()), ofIndex(qualified(change.table())));
            }
            requested.addAll(change.tables());
            change.tables().forEach(this::named);
            read(change, named(change.table()), changes.subList(0, i));
        }
    }

    /** Those that are there, by the names that changes have for them. */
    Map<QualifiedName, Table> there() {
        Map<QualifiedName, Table> there = new HashMap<>();
        for (QualifiedName name : requested) {
            AssumedTable table = named(name);
            if (!table.created()) {
                there.put(name, table.table());
            }
        }
        return there;
    }

    /** The one of a name, also if it is created. */
    Table table(QualifiedName name) {
        return named(name).table();
    }

    /** With its schema. */
    QualifiedName qualified(QualifiedName name) {
        return name.schema() == null ? new QualifiedName(schema, name.name()) : name;
    }

    private AssumedTable named(QualifiedName name) {
        return tables.computeIfAbsent(
                qualified(name), qualified -> new AssumedTable(16_384 + tables.size(), qualified));
    }

    /** The one of an index, whose name only the database knows. */
    private AssumedTable ofIndex(QualifiedName index) {
        return new AssumedTable(
                16_384 + tables.size(),
                new QualifiedName(
                        index.schema(),
                        new Identifier("table of " + index.name().name())));
    }

    private void read(Change change, AssumedTable table, List<Change> earlier) {
        if (!(change instanceof AddColumn)) {
            table.addColumns(change.detailedColumns());
        }
        switch (change) {
            case AddForeignKey key -> {
                foreignKey(key);
                replaced(table, key.replaces());
            }
            case AddCheck check -> replaced(table, check.replaces());
            case AddKey key -> {
                table.addColumns(key.key().namedColumns());
                replaced(table, key.replaces());
                if (key.key().usingIndex() != null) {
                    table.addIndex(key.key().usingIndex(), key.key().indexDefinition(), true);
                }
            }
            case AddColumn column -> {
                if (column.key() != null) {
                    foreignKey(column.key());
                }
                table.adds(column.name());
            }
            case DropNotNull drop -> table.addNotNull(drop.column());
            case CreateIndex index -> table.addColumns(index.namedColumns());
            case DropIndex drop -> table.addIndex(drop.name(), "…", false);
            case Reindex reindex ->
                table.addIndex(reindex.name() == null ? new Identifier("…") : reindex.name(), "…", false);
            case ValidateConstraint validate -> table.addConstraint(validate.name());
            case DropConstraint drop -> table.addConstraint(drop.name());
            case RenameConstraint rename -> table.addConstraint(rename.name());
            case AlterConstraint alter -> table.addForeignKey(alter.name(), !alter.deferrable());
            case Comment comment -> commented(comment, table, earlier);
            case AttachPartition _, DetachPartition _ -> table.isPartitioned();
            case CreateTable create -> {
                table.isCreated();
                if (create.partitionBy() != null) {
                    table.isPartitioned();
                }
            }
            default -> {}
        }
    }

    private void commented(Comment comment, AssumedTable table, List<Change> earlier) {
        Identifier name = comment.name();
        if (name != null && comment.on() == Comment.On.COLUMN) {
            table.addColumns(List.of(name));
        } else if (name != null
                && comment.on() == Comment.On.CONSTRAINT
                && earlier.stream().noneMatch(change -> change.constraints().contains(name))) {
            table.addConstraint(name);
        }
    }

    private static void replaced(AssumedTable table, @Nullable Identifier constraint) {
        Stream.ofNullable(constraint).forEach(table::addConstraint);
    }

    /** Without columns it refers to the primary key, whose columns only the database knows. */
    private void foreignKey(AddForeignKey key) {
        named(key.table()).addColumns(key.columns());
        List<Identifier> referenced = !key.referencedColumns().isEmpty()
                ? key.referencedColumns()
                : key.columns().size() == 1 ? List.of(new Identifier("id")) : key.columns();
        named(key.referencedTable()).addKey(referenced);
    }
}
