package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a table has all that it needs to become a partition without work. What lacks PostgreSQL refuses (a NOT NULL, a
 * check), or makes at once, under its locks: an index is built, a foreign key is checked for each row. Each refusal names
 * the operation that makes it before.
 */
final class PartitionFit {
    private final Table table;
    private final Table partition;
    private final Set<String> indexes = new HashSet<>();
    private final Set<String> keys = new HashSet<>();

    PartitionFit(Table table, Table partition) {
        this.table = table;
        this.partition = partition;
    }

    /** @param nullable columns that lack a valid NOT NULL */
    void require(List<String> nullable) {
        columns();
        if (!nullable.isEmpty()) {
            throw lacks("NOT NULL of " + Names.shown(nullable), "setNotNull");
        }
        ofKind(table, 'c').forEach(this::check);
        table.indexes().forEach(this::index);
        foreignKeys().forEach(this::foreignKey);
    }

    /** The tables to which its foreign keys refer. */
    List<Long> referenced() {
        return foreignKeys().stream()
                .map(key -> Objects.requireNonNull(key.foreignKey()).referenced())
                .distinct()
                .toList();
    }

    /** Under the locks: that nothing has been added to the one, and that what was found of the other is still there. */
    String guard() {
        String text = """
                (SELECT coalesce(pg_catalog.array_agg(c.relname::pg_catalog.text ORDER BY c.oid), '{}')
                 FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                 WHERE i.indrelid = %d) = %s
                AND (SELECT coalesce(pg_catalog.array_agg(c.conname::pg_catalog.text ORDER BY c.oid), '{}')
                     FROM pg_catalog.pg_constraint AS c WHERE c.contype = 'f' AND c.conrelid = %d) = %s""".formatted(
                table.relation().oid(),
                Guards.names(table.indexes().stream().map(Index::name).toList()),
                table.relation().oid(),
                Guards.names(ofKind(table, 'f').stream().map(Constraint::name).toList()));
        return text
                + """

                AND (SELECT count(*) FROM pg_catalog.pg_index AS i
                     JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
                     WHERE i.indrelid = %d AND i.indisvalid AND NOT c.relispartition AND c.relname = ANY (%s)) = %d
                AND (SELECT count(*) FROM pg_catalog.pg_constraint AS c
                     WHERE c.conrelid = %d AND c.contype = 'f' AND c.convalidated AND c.conparentid = 0
                       AND c.conname = ANY (%s)) = %d""".formatted(
                                partition.relation().oid(),
                                Guards.names(List.copyOf(indexes)),
                                indexes.size(),
                                partition.relation().oid(),
                                Guards.names(List.copyOf(keys)),
                                keys.size());
    }

    private void columns() {
        for (Column its : table.columns()) {
            Column mine = partition
                    .column(its.name())
                    .orElseThrow(() -> refused("has no column " + Names.shown(its.name()) + ", which each partition of "
                            + table.name() + " needs"));
            if (!mine.type().equals(its.type()) || !Objects.equals(mine.collation(), its.collation())) {
                throw refused("has column %s of type %s; %s has it of type %s"
                        .formatted(Names.shown(its.name()), shown(mine), table.name(), shown(its)));
            }
        }
        String more = partition.columns().stream()
                .map(Column::name)
                .filter(name -> table.column(name).isEmpty())
                .map(Names::shown)
                .collect(Collectors.joining(", "));
        if (!more.isEmpty()) {
            throw refused("has columns that %s has not: %s".formatted(table.name(), more));
        }
    }

    private static String shown(Column column) {
        return column.type() + (column.collation() == null ? "" : " COLLATE " + column.collation());
    }

    private void check(Constraint its) {
        Constraint mine = partition
                .constraint(its.name())
                .filter(there -> Objects.equals(there.expression(), its.expression()))
                .orElseThrow(() -> lacks(
                        "the check " + Names.shown(its.name()) + ", under just this name, " + its.definition(),
                        "addCheck"));
        if (its.validated() && !mine.validated()) {
            throw lacks("the validation of its check " + Names.shown(its.name()), "validateConstraint");
        }
    }

    private void index(Index its) {
        List<Index> same = partition.indexes().stream()
                .filter(mine -> mine.unique() == its.unique()
                        && mine.definition().equals(its.definition())
                        && !mine.attached()
                        && !indexes.contains(mine.name())
                        && (its.constraint() == null || (mine.constraint() != null && mine.primary() == its.primary())))
                .toList();
        // PostgreSQL would take the first.
        same.stream().filter(mine -> !mine.valid()).findFirst().ifPresent(mine -> {
            throw refused("has the index %s, which is not valid: drop it by dropIndex, and create it anew"
                    .formatted(Names.shown(mine.name())));
        });
        indexes.add(same.stream()
                .findFirst()
                .map(Index::name)
                .orElseThrow(() -> lacks(
                        (its.constraint() == null
                                        ? (its.unique() ? "a unique index" : "an index") + " as "
                                        : "a constraint as ")
                                + Names.shown(its.name()) + ", " + its.definition()
                                + ", which would be built while nobody may read or write it",
                        its.constraint() == null ? "createIndex" : its.primary() ? "addPrimaryKey" : "addUnique")));
    }

    private void foreignKey(Constraint its) {
        Optional<Constraint> mine = WantedForeignKey.find(partition, Objects.requireNonNull(its.foreignKey()))
                .filter(there -> !there.attached());
        if (mine.isEmpty()) {
            throw lacks(
                    "a foreign key as %s, %s, for which all rows would be read while nobody may write"
                            .formatted(Names.shown(its.name()), its.definition()),
                    "addForeignKey");
        }
        if (!mine.get().validated()) {
            throw lacks(
                    "the validation of its foreign key "
                            + Names.shown(mine.get().name()),
                    "validateConstraint");
        }
        keys.add(mine.get().name());
    }

    private List<Constraint> foreignKeys() {
        return ofKind(table, 'f').stream().filter(key -> !key.ownPart()).toList();
    }

    private static List<Constraint> ofKind(Table of, char kind) {
        List<Constraint> constraints = new ArrayList<>(of.constraints());
        constraints.removeIf(constraint -> constraint.kind() != kind);
        return constraints;
    }

    private RefusedException lacks(String what, String operation) {
        return refused("lacks what %s has: %s; let %s of a change before this one make it"
                .formatted(table.name(), what, operation));
    }

    private RefusedException refused(@Nullable String why) {
        return new RefusedException(Reason.INVALID_TARGET, partition.name() + " " + why);
    }
}
