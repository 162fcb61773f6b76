package dev.phaselock.change;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY}.
 *
 * @param columns the referencing columns, at least one, each once
 * @param referencedColumns as many; empty for those of the referenced table's primary key
 * @param onDeleteColumns of {@code columns}, those that {@code ON DELETE SET NULL} or {@code SET DEFAULT} sets; empty for
 *     all
 * @param replaces the constraint whose place it takes; null for none
 */
public record AddForeignKey(
        QualifiedName table,
        @Nullable Identifier name,
        List<Identifier> columns,
        QualifiedName referencedTable,
        List<Identifier> referencedColumns,
        Action onDelete,
        List<Identifier> onDeleteColumns,
        Action onUpdate,
        Match match,
        boolean deferrable,
        boolean initiallyDeferred,
        @Nullable Identifier replaces)
        implements Change {
    public AddForeignKey {
        columns = List.copyOf(columns);
        referencedColumns = List.copyOf(referencedColumns);
        onDeleteColumns = List.copyOf(onDeleteColumns);
    }

    static AddForeignKey of(AddForeignKeySpec spec, Fields fields) {
        List<Identifier> columns = fields.identifiers("columns", spec.columns());
        AddForeignKeySpec.References references = fields.required("references", spec.references());
        List<Identifier> referencedColumns = references.columns() == null
                ? List.of()
                : fields.identifiers("references.columns", references.columns());
        if (references.columns() != null && referencedColumns.size() != columns.size()) {
            throw fields.invalid(
                    "references.columns",
                    "as many as in columns are wanted: " + columns.size() + ", not " + referencedColumns.size());
        }
        if (Fields.isTrue(spec.initiallyDeferred()) && !Fields.isTrue(spec.deferrable())) {
            throw fields.invalid("initiallyDeferred", "needs deferrable: true");
        }
        Action onDelete = spec.onDelete() == null ? Action.NO_ACTION : spec.onDelete();
        return new AddForeignKey(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                columns,
                fields.table("references.table", references.table()),
                referencedColumns,
                onDelete,
                onDeleteColumns(spec.onDeleteColumns(), onDelete, columns, fields),
                spec.onUpdate() == null ? Action.NO_ACTION : spec.onUpdate(),
                spec.match() == null ? Match.SIMPLE : spec.match(),
                Fields.isTrue(spec.deferrable()),
                Fields.isTrue(spec.initiallyDeferred()),
                fields.replaced(spec.replaces(), spec.name()));
    }

    private static List<Identifier> onDeleteColumns(
            @Nullable List<String> texts, Action onDelete, List<Identifier> columns, Fields fields) {
        String field = "onDeleteColumns";
        if (texts == null) {
            return List.of();
        }
        if (onDelete != Action.SET_NULL && onDelete != Action.SET_DEFAULT) {
            throw fields.invalid(field, "goes with onDelete: SetNull or SetDefault");
        }
        List<Identifier> set = fields.identifiers(field, texts);
        for (int i = 0; i < set.size(); i++) {
            if (!columns.contains(set.get(i))) {
                throw fields.invalid(field + "[" + i + "]", set.get(i) + " is none of the key's columns");
            }
        }
        return set;
    }

    @Override
    public List<QualifiedName> tables() {
        return List.of(table, referencedTable);
    }

    @Override
    public List<Identifier> constraints() {
        return Stream.of(Optional.ofNullable(name), Optional.ofNullable(replaces))
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    @Override
    public boolean followsReference() {
        return replaces != null;
    }

    @Override
    public boolean letsPostgresqlChooseName() {
        return name == null;
    }

    @Override
    public String label() {
        return "foreign key "
                + (name != null
                        ? name
                        : "("
                                + columns.stream().map(Identifier::toString).collect(Collectors.joining(", "))
                                + ") to " + referencedTable);
    }
}
