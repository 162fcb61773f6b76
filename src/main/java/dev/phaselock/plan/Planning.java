package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One planning: what the changes' plans have in common, and what they must know of each other. */
final class Planning {
    private final List<Change> changes;
    private final ValidationSpec validation;
    private final Map<String, Set<String>> takenNames = new HashMap<>();
    private final Set<Map.Entry<Relation, String>> constraints = new HashSet<>();
    private final Set<Map.Entry<Relation, Object>> definitions = new HashSet<>();
    private final List<Step> rest = new ArrayList<>();
    private boolean takesOver;
    private CatalogFacts facts;
    private @Nullable Probe part;
    private int phases;

    Planning(List<Change> changes, CatalogFacts facts, ValidationSpec validation) {
        this.changes = List.copyOf(changes);
        this.facts = facts;
        this.validation = validation;
        facts.takenNames().forEach((schema, names) -> takenNames.put(schema, new HashSet<>(names)));
    }

    /** For the change that is being planned: with what the earlier ones create. */
    CatalogFacts facts() {
        return facts;
    }

    /** A change was planned: what it creates is there for those that follow. */
    void planned(int change) {
        if (change < facts.probes().size()) {
            facts = Foreseen.after(changes.get(change), facts.probes().get(change), facts);
            facts.takenNames()
                    .forEach((schema, names) -> takenNames
                            .computeIfAbsent(schema, _ -> new HashSet<>())
                            .addAll(names));
        }
    }

    /**
     * Plans a part of a change as if it were one by itself.
     *
     * @param facts as they are for the part
     * @param probe what the server made of the part
     */
    <T> T part(CatalogFacts facts, Probe probe, Supplier<T> plan) {
        CatalogFacts whole = this.facts;
        this.facts = facts;
        this.part = probe;
        T planned = plan.get();
        this.facts = whole;
        this.part = null;
        return planned;
    }

    /** What the changes that follow this one make of its table. */
    LaterChanges later(int change) {
        return LaterChanges.of(changes, change, facts);
    }

    ValidationSpec validation() {
        return validation;
    }

    int major() {
        return facts.server().major();
    }

    /** The next phase; phases are numbered through all changes. */
    Phase phase(PhaseType type, String label, int change, List<? extends Step> steps) {
        return new Phase(
                ++phases + "-" + type.name().toLowerCase(Locale.ROOT), type, label, change, List.copyOf(steps));
    }

    /** A change that is one brief step. */
    List<Phase> brief(
            String label, int change, boolean done, LockSet locks, List<String> statements, @Nullable String guard) {
        return List.of(phase(
                PhaseType.APPLY,
                label,
                change,
                List.of(new Step.Brief(label, done, locks.toList(), statements, guard))));
    }

    /** A step that drops what an unfinished change leaves; it is for undoing it only. */
    void rest(Step step) {
        rest.add(step);
    }

    /** Something of somebody else's becomes a part of what a change makes, and would go with it. */
    void takesOver() {
        takesOver = true;
    }

    /** Whether that is so. */
    boolean takesSomethingOver() {
        return takesOver;
    }

    /** Those steps, of one kind. */
    <S extends Step> List<S> rest(Class<S> kind) {
        return rest.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The names of constraints in a schema, those of earlier changes included. */
    Set<String> takenNames(String schema) {
        return takenNames.getOrDefault(schema, Set.of());
    }

    /** Two changes of one manifest must not mean the same constraint, by its name or by its definition. */
    void claim(Table table, String constraint, Object definition, int change) {
        claimDefinition(table, definition, change);
        claimName(table, constraint, change);
    }

    /** Likewise, for what is no constraint. */
    void claimDefinition(Table table, Object definition, int change) {
        if (!definitions.add(Map.entry(table.relation(), definition))) {
            throw new RefusedException(
                    Reason.INVALID_SPEC, "changes[%d] is the same as an earlier change".formatted(change));
        }
    }

    /** Likewise, by the name alone. */
    void claimName(Table table, String constraint, int change) {
        if (!constraints.add(Map.entry(table.relation(), constraint))) {
            throw new RefusedException(
                    Reason.INVALID_SPEC,
                    "changes[%d]: %s of %s is also an earlier change's"
                            .formatted(change, Names.shown(constraint), table.name()));
        }
        takenNames.computeIfAbsent(Names.schema(table), _ -> new HashSet<>()).add(constraint);
    }

    /**
     * What the server made of a change.
     *
     * @throws RefusedException when it was not or could not be tried
     */
    Probe probe(int change) {
        if (part != null) {
            return part;
        }
        CatalogFacts.Server server = facts.server();
        if (!server.mayCreateTemporary()) {
            throw new RefusedException(
                    Reason.PERMISSION_DENIED,
                    "definitions are tried on temporary tables, which role %s may not create: GRANT TEMPORARY ON DATABASE %s TO %s"
                            .formatted(
                                    Names.shown(server.role()),
                                    Names.quoted(server.database()),
                                    Names.quoted(server.role())));
        }
        if (change >= facts.probes().size()) {
            throw new RefusedException(
                    Reason.INTERNAL_ERROR, "changes[%d] was not tried on the server".formatted(change));
        }
        return facts.probes().get(change);
    }
}
