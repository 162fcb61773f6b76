package dev.phaselock.change;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY}.
 *
 * @param columns the referencing columns, at least one, each once
 * @param referencedColumns as many; empty for those of the referenced table's primary key
 * @param onDeleteColumns of {@code columns}, those that {@code ON DELETE SET NULL} or {@code SET DEFAULT} sets; empty for
 *     all
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
        boolean initiallyDeferred)
        implements Change {
    public AddForeignKey {
        columns = List.copyOf(columns);
        referencedColumns = List.copyOf(referencedColumns);
        onDeleteColumns = List.copyOf(onDeleteColumns);
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
