package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@link AddUnique} or {@link AddPrimaryKey}: a constraint that is made of a unique index. */
public sealed interface AddKey extends Change permits AddUnique, AddPrimaryKey {

    /** The constraint's name; null for the one that PostgreSQL gives. */
    @Nullable
    Identifier name();

    KeyDefinition key();

    /** The constraint whose place it takes; null for none. */
    default @Nullable Identifier replaces() {
        return null;
    }

    @Override
    default boolean followsReference() {
        return replaces() != null;
    }

    @Override
    default List<Identifier> constraints() {
        return Stream.of(Stream.ofNullable(name()), Stream.ofNullable(replaces()))
                .flatMap(names -> names)
                .distinct()
                .toList();
    }

    @Override
    default List<Identifier> indexes() {
        return Stream.of(Stream.ofNullable(name()), Stream.ofNullable(key().usingIndex()))
                .flatMap(names -> names)
                .toList();
    }

    @Override
    default boolean letsPostgresqlChooseName() {
        // Of a partitioned table each partition has one of its own.
        return true;
    }

    @Override
    default boolean comparesIndexes() {
        return true;
    }
}
