package dev.phaselock.convert;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.ValidateConstraintSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a text. What its author took several statements for, so that writers wait for less long, is one change: a
 * constraint that is added NOT VALID and validated, a unique index that becomes a key, a check that stands in for a scan by
 * SET NOT NULL; and a constraint that is dropped and added again.
 */
final class CollectedChanges {
    private final List<ChangeSpec> changes = new ArrayList<>();
    private final Set<Constraint> notValid = new HashSet<>();

    /** In their order. */
    List<ChangeSpec> all() {
        return List.copyOf(changes);
    }

    /** A constraint was added NOT VALID: its VALIDATE is part of it. */
    void notValid(String table, String constraint) {
        notValid.add(new Constraint(table, constraint));
    }

    void validate(String table, String constraint) {
        if (!notValid.remove(new Constraint(table, constraint))) {
            changes.add(ChangeSpec.of(new ValidateConstraintSpec(table, constraint)));
        }
    }

    /** @throws UnknownIndexException if it makes a key of an index that the text does not create */
    void add(OperationSpec operation) {
        switch (operation) {
            case AddUniqueSpec key when key.usingIndex() != null -> put(ofIndex(key));
            case AddPrimaryKeySpec key when key.usingIndex() != null -> put(ofIndex(key));
            case DropConstraintSpec drop when stoodInForAScan(drop) -> {}
            default -> put(operation);
        }
    }

    /** A constraint that was dropped and is added again is replaced: at no moment there is none. */
    private void put(OperationSpec operation) {
        OperationSpec added = switch (operation) {
            case AddCheckSpec check
            when dropped(check.table(), check.name()) ->
                new AddCheckSpec(check.table(), check.name(), check.expression(), check.noInherit(), check.name());
            case AddForeignKeySpec key
            when dropped(key.table(), key.name()) ->
                new AddForeignKeySpec(
                        key.table(),
                        key.name(),
                        key.columns(),
                        key.references(),
                        key.onDelete(),
                        key.onDeleteColumns(),
                        key.onUpdate(),
                        key.match(),
                        key.deferrable(),
                        key.initiallyDeferred(),
                        key.name());
            case AddUniqueSpec key
            when dropped(key.table(), key.name()) ->
                new AddUniqueSpec(
                        key.table(),
                        key.name(),
                        key.columns(),
                        key.include(),
                        key.nullsNotDistinct(),
                        key.deferrable(),
                        key.initiallyDeferred(),
                        key.usingIndex(),
                        key.name());
            default -> operation;
        };
        changes.add(ChangeSpec.of(added));
    }

    /** Whether an earlier statement drops that constraint; then that is left out. */
    private boolean dropped(String table, @Nullable String name) {
        return name != null && changes.remove(ChangeSpec.of(new DropConstraintSpec(table, name)));
    }

    private AddUniqueSpec ofIndex(AddUniqueSpec key) {
        CreateIndexSpec index = taken(key.table(), key.usingIndex());
        return new AddUniqueSpec(
                key.table(),
                key.name() == null ? index.name() : key.name(),
                names(index),
                index.include(),
                index.nullsNotDistinct(),
                key.deferrable(),
                key.initiallyDeferred(),
                null);
    }

    private AddPrimaryKeySpec ofIndex(AddPrimaryKeySpec key) {
        CreateIndexSpec index = taken(key.table(), key.usingIndex());
        return new AddPrimaryKeySpec(
                key.table(),
                key.name() == null ? index.name() : key.name(),
                names(index),
                index.include(),
                key.deferrable(),
                key.initiallyDeferred(),
                null);
    }

    /** The index, which is no change of its own then. */
    private CreateIndexSpec taken(String table, String name) {
        CreateIndexSpec index = changes.stream()
                .map(ChangeSpec::createIndex)
                .filter(created -> created != null && table.equals(created.table()) && name.equals(created.name()))
                .findFirst()
                .filter(CollectedChanges::isKey)
                .orElseThrow(() -> new UnknownIndexException(name));
        changes.remove(ChangeSpec.of(index));
        return index;
    }

    /** Whether PostgreSQL would make a constraint of it: no expressions, no order of its own, all rows. */
    private static boolean isKey(CreateIndexSpec index) {
        return Boolean.TRUE.equals(index.unique())
                && index.method() == null
                && index.where() == null
                && index.storageParameters() == null
                && index.columns().stream().allMatch(column -> column.equals(CreateIndexSpec.Column.of(column.name())));
    }

    private static List<String> names(CreateIndexSpec index) {
        return index.columns().stream()
                .map(column -> Objects.requireNonNull(column.name()))
                .toList();
    }

    /** Whether that is a check which only lets SET NOT NULL go without a scan, which setNotNull does by itself. */
    private boolean stoodInForAScan(DropConstraintSpec drop) {
        ChangeSpec check = changes.stream()
                .filter(change -> change.addCheck() != null
                        && change.addCheck().table().equals(drop.table())
                        && drop.name().equals(change.addCheck().name()))
                .findFirst()
                .orElse(null);
        boolean stands = check != null
                && changes.stream()
                        .map(ChangeSpec::setNotNull)
                        .anyMatch(set -> set != null
                                && set.table().equals(drop.table())
                                && check.addCheck().expression().equalsIgnoreCase(set.column() + " IS NOT NULL"));
        return stands && changes.remove(check);
    }

    private record Constraint(String table, String name) {}
}
