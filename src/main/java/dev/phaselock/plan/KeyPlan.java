package dev.phaselock.plan;

import dev.phaselock.change.AddKey;
import dev.phaselock.change.KeyDefinition;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a unique and a primary key have in common: the index is built as an {@link OwnIndex}, while reads and writes go
 * on, and made the constraint by a brief step, which gives it the constraint's name.
 */
final class KeyPlan {
    /** From here on ADD CONSTRAINT USING INDEX locks inheritance children too. Measured (ReplacementIT). */
    private static final int LOCKS_CHILDREN_SINCE = 18;

    private final AddKey change;
    private final KeyDefinition key;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Probe.Built wanted;
    private final Optional<Constraint> existing;
    private final String name;

    KeyPlan(AddKey change, int index, Planning planning) {
        this.change = change;
        this.key = change.key();
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        if (table.partitioned() && key.usingIndex() != null) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s is partitioned: PostgreSQL has no ADD CONSTRAINT USING INDEX there; without usingIndex the indexes of its partitions are built"
                            .formatted(table.name()));
        }
        if (table.partitioned() && change.replaces() != null) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s is partitioned: there a key cannot take another's place without a gap; add it, and drop the other by a SchemaChange that follows"
                            .formatted(table.name()));
        }
        CreateIndexPlan.requirePlainColumns(
                planning,
                table,
                key.namedColumns().stream().map(Identifier::name).toList());
        CreateIndexPlan.requireNullsNotDistinct(planning, key.nullsNotDistinct());
        this.wanted = CreateIndexPlan.built(planning, index, table);
        this.existing = existing();
        this.name = existing.map(Constraint::name).orElseGet(this::name);
        planning.claim(table, name, List.of("key", String.valueOf(wanted.constraint())), index);
        if (existing.isEmpty()) {
            replacement().ifPresent(replacement -> replacement.require(false));
            if (key.usingIndex() == null) {
                requirements.createIndex(List.of(table));
            } else {
                requirements.owner(List.of(table));
            }
        }
    }

    /** @param guard of a table, given by its oid: what must be true besides when it gets its key; null for nothing */
    List<Phase> phases(@Nullable LongFunction<String> guard) {
        if (table.partitioned()) {
            existing.flatMap(there -> table.index(there.name()))
                    .ifPresent(there -> CreateIndexPlan.requireValid(table, there));
            return new PartitionedKeyPlan(key, index, planning, table, wanted, name, existing.isPresent())
                    .phases(guard);
        }
        List<Phase> phases = new ArrayList<>();
        Identifier given = key.usingIndex();
        String made;
        if (given == null) {
            OwnIndex own = new OwnIndex(table, change.name(), wanted, true, key.indexDefinition());
            made = own.name();
            planning.rest(own.rest());
            phases.add(planning.phase(
                    PhaseType.INDEX,
                    "Build the index of " + Names.shown(name),
                    index,
                    List.of(own.step(
                            "Build the index",
                            existing.isPresent() || own.built(),
                            existing.isPresent(),
                            List.of(),
                            OwnIndex.duplicates(table, name, wanted, !key.nullsNotDistinct())))));
        } else {
            made = given.name();
            if (existing.isEmpty()) {
                requireUsable(made);
            }
        }
        phases.add(planning.phase(
                PhaseType.APPLY,
                "Add " + Names.shown(name),
                index,
                List.of(add(
                        made,
                        guard == null ? null : guard.apply(table.relation().oid())))));
        return phases;
    }

    /** One that it replaces goes in the same transaction. */
    private Step add(String made, @Nullable String guard) {
        Optional<Constraint> replaced = replaced();
        String alter = "ALTER TABLE " + table.name().quoted() + " ";
        List<String> statements = new ArrayList<>();
        if (change.replaces() != null && (replaced.isPresent() || existing.isPresent())) {
            statements.add(alter + "DROP CONSTRAINT " + change.replaces().quoted());
        }
        boolean done = existing.isPresent() && replaced.isEmpty();
        if (existing.isEmpty() || done) {
            statements.add(alter + "ADD CONSTRAINT " + Names.quoted(name) + " " + key.usingIndex(Names.quoted(made)));
        }
        replaced.ifPresent(there -> DropConstraintPlan.possible(table, there));
        LockSet locks = DropConstraintPlan.locks(table, replaced, planning);
        boolean withChildren = planning.major() >= LOCKS_CHILDREN_SINCE;
        if (withChildren) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        return new Step.Brief(
                "Add the constraint",
                done,
                locks.toList(),
                statements,
                Guards.all(
                        withChildren ? Guards.sameDescendants(planning.major(), table) : null,
                        existing.isEmpty() || done ? valid(table, made) : null,
                        guard));
    }

    private Optional<Replacement> replacement() {
        return Replacement.of(change, change.name(), change.replaces(), table);
    }

    /** The one that is still there. */
    private Optional<Constraint> replaced() {
        return Optional.ofNullable(change.replaces())
                .flatMap(old -> table.constraint(old.name()))
                .filter(there -> existing.filter(there::equals).isEmpty());
    }

    private Optional<Constraint> existing() {
        Optional<Constraint> primary = key.primary()
                ? table.constraints().stream()
                        .filter(constraint -> constraint.kind() == 'p')
                        .findFirst()
                : Optional.empty();
        primary.filter(there -> !same(there)
                        || (change.name() != null
                                && !there.name().equals(change.name().name())))
                .ifPresent(there -> {
                    throw conflicting(there, "the table's primary key");
                });
        if (change.name() == null) {
            return table.constraints().stream().filter(this::same).findFirst();
        }
        Optional<Constraint> named = table.constraint(change.name().name());
        if (change.name().equals(change.replaces())) {
            return named.filter(this::same);
        }
        named.filter(there -> !same(there)).ifPresent(there -> {
            throw conflicting(there, Names.shown(there.name()));
        });
        return named;
    }

    private boolean same(Constraint there) {
        return there.kind() == (key.primary() ? 'p' : 'u') && there.definition().equals(wanted.constraint());
    }

    private RefusedException conflicting(Constraint there, String what) {
        return new RefusedException(
                Reason.CONFLICTING_DEFINITION,
                "%s of %s is there otherwise: %s %s; wanted: %s"
                        .formatted(
                                what,
                                table.name(),
                                Names.shown(there.name()),
                                there.definition(),
                                wanted.constraint()));
    }

    private String name() {
        Identifier given = change.name() != null ? change.name() : key.usingIndex();
        if (given != null) {
            boolean ofReplaced = given.equals(change.replaces());
            if (!ofReplaced && (table.index(given.name()).isEmpty() || !given.equals(key.usingIndex()))) {
                CreateIndexPlan.requireFree(planning, table, given.name());
            }
            return given.name();
        }
        return ConstraintNames.choose(
                table.name().name().name(),
                key.primary() ? null : ConstraintNames.columnsPart(wanted.names()),
                key.primary() ? "pkey" : "key",
                planning.takenNames(Names.schema(table)));
    }

    /** Storage parameters make no difference. */
    private void requireUsable(String given) {
        Index there = table.index(given)
                .orElseThrow(() -> new RefusedException(
                        Reason.INVALID_TARGET,
                        "index %s of %s is not there".formatted(Names.shown(given), table.name())));
        CreateIndexPlan.requireValid(table, there);
        String definition = there.definition().replaceFirst(" WITH \\([^()]*\\)$", "");
        if (there.constraint() != null || !there.unique() || !wanted.forms().contains(definition)) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "index %s of %s is not one that becomes this constraint: %s%s%s; wanted: UNIQUE %s"
                            .formatted(
                                    Names.shown(given),
                                    table.name(),
                                    there.unique() ? "UNIQUE " : "",
                                    there.definition(),
                                    there.constraint() == null
                                            ? ""
                                            : ", of constraint " + Names.shown(there.constraint()),
                                    wanted.forms().iterator().next()));
        }
    }

    /** Under the locks: otherwise the server would refuse it, or build another. */
    static String valid(Table table, String made) {
        return ("EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid"
                        + " WHERE i.indrelid = %d AND i.indisunique AND i.indisvalid AND c.relname = %s)")
                .formatted(table.relation().oid(), Guards.literal(made));
    }
}
