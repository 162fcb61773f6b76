package dev.phaselock.plan;

import dev.phaselock.change.CreateIndex;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Plans {@code CREATE INDEX CONCURRENTLY}: SHARE UPDATE EXCLUSIVE on the table, which no reader or writer minds, and no
 * transaction around it. It is built as an {@link OwnIndex} and renamed, which locks the index alone.
 */
final class CreateIndexPlan {
    private static final int NULLS_NOT_DISTINCT_SINCE = 15;
    private static final String UNDEFINED_COLUMN = "42703";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String NOT_SUPPORTED = "0A000";

    private final CreateIndex change;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Probe.Built wanted;

    private CreateIndexPlan(CreateIndex change, int index, Planning planning) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        requirePlainColumns(
                planning,
                table,
                change.namedColumns().stream().map(Identifier::name).toList());
        requireNullsNotDistinct(planning, change.nullsNotDistinct());
        this.wanted = built(planning, index, table);
    }

    static List<Phase> phases(CreateIndex change, int index, Planning planning) {
        return new CreateIndexPlan(change, index, planning).phases();
    }

    private List<Phase> phases() {
        Optional<Index> existing = existing();
        String name = existing.map(Index::name).orElseGet(this::name);
        planning.claim(table, name, List.of("index", change.unique(), wanted.forms()), index);
        if (existing.isEmpty()) {
            requirements.createIndex(List.of(table));
        }
        if (table.partitioned()) {
            return new PartitionedIndexPlan(change, index, planning, table, wanted).phases(name, existing.isPresent());
        }
        OwnIndex own = new OwnIndex(table, change.name(), wanted, change.unique(), change.definition());
        planning.rest(own.rest());
        return List.of(planning.phase(
                PhaseType.INDEX,
                "Build index " + Names.shown(name),
                index,
                List.of(own.step(
                        "Build the index",
                        existing.isPresent(),
                        existing.isPresent(),
                        List.of("ALTER INDEX " + own.qualified().quoted() + " RENAME TO " + Names.quoted(name)),
                        OwnIndex.duplicates(table, name, wanted, !change.nullsNotDistinct())))));
    }

    /** The index as it is there: under its name, or where the manifest gives none, under any. */
    private Optional<Index> existing() {
        if (change.name() == null) {
            return table.indexes().stream()
                    .filter(there -> there.valid() && same(there) && !OwnIndex.isOne(there))
                    .findFirst();
        }
        String name = change.name().name();
        Optional<Index> named = table.index(name);
        named.ifPresent(this::requireUsable);
        if (named.isEmpty()) {
            requireFree(planning, table, name);
        }
        return named;
    }

    private boolean same(Index there) {
        return there.unique() == change.unique() && wanted.forms().contains(there.definition());
    }

    private void requireUsable(Index there) {
        if (!same(there)) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "index %s of %s is there with another definition: %s%s; wanted: %s%s"
                            .formatted(
                                    Names.shown(there.name()),
                                    table.name(),
                                    there.unique() ? "UNIQUE " : "",
                                    there.definition(),
                                    change.unique() ? "UNIQUE " : "",
                                    wanted.forms().iterator().next()));
        }
        requireValid(table, there);
    }

    private String name() {
        return change.name() != null
                ? change.name().name()
                : ConstraintNames.choose(
                        table.name().name().name(),
                        ConstraintNames.columnsPart(wanted.names()),
                        "idx",
                        planning.takenNames(Names.schema(table)));
    }

    /** Left by a build that is not ours, or still being built. */
    static void requireValid(Table table, Index there) {
        if (!there.valid()) {
            String name = QualifiedName.of(Names.schema(table), there.name()).quoted();
            if (table.partitioned()) {
                throw new RefusedException(
                        Reason.CONFLICTING_DEFINITION,
                        "index %s of %s is there, but INVALID: not every partition has a valid part of it. Build and ATTACH what is missing, or DROP INDEX %s; then it goes on by itself"
                                .formatted(Names.shown(there.name()), table.name(), name));
            }
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "index %s of %s is there, but INVALID, and not Phaselock's own: a CREATE INDEX CONCURRENTLY that failed or still runs made it. When none runs, DROP INDEX CONCURRENTLY %s; then it goes on by itself"
                            .formatted(Names.shown(there.name()), table.name(), name));
        }
    }

    static void requireFree(Planning planning, Table table, String name) {
        String other = planning.facts().relations().get(QualifiedName.of(Names.schema(table), name));
        if (other != null) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "the name %s is taken in schema %s: %s"
                            .formatted(Names.shown(name), Names.shown(Names.schema(table)), other));
        }
    }

    static void requirePlainColumns(Planning planning, Table table, List<String> names) {
        Requirements.columns(table, names).stream()
                .filter(column -> column.generated() == 'v')
                .findFirst()
                .ifPresent(column -> {
                    throw new RefusedException(
                            Reason.UNSUPPORTED,
                            "PostgreSQL %d has no index on a virtual generated column, and %s of %s is one"
                                    .formatted(planning.major(), Names.shown(column.name()), table.name()));
                });
    }

    static void requireNullsNotDistinct(Planning planning, boolean asked) {
        if (asked && planning.major() < NULLS_NOT_DISTINCT_SINCE) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "nullsNotDistinct needs PostgreSQL " + NULLS_NOT_DISTINCT_SINCE + ", this is "
                            + planning.facts().server().text());
        }
    }

    /** What the server made of the wanted index or constraint. */
    static Probe.Built built(Planning planning, int index, Table table) {
        return switch (planning.probe(index)) {
            case Probe.Built built -> built;
            case Probe.Failed failed ->
                throw new RefusedException(
                        switch (failed.sqlState()) {
                            case UNDEFINED_COLUMN -> Reason.INVALID_TARGET;
                            case INSUFFICIENT_PRIVILEGE -> Reason.PERMISSION_DENIED;
                            case NOT_SUPPORTED -> Reason.UNSUPPORTED;
                            default -> Reason.INVALID_EXPRESSION;
                        },
                        "PostgreSQL does not take it as an index of %s: %s".formatted(table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for an index");
        };
    }
}
