package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec.ExistingViolations;
import dev.phaselock.change.AddCheck;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code ADD CHECK}: look whether existing rows fulfil it, add it NOT VALID (ACCESS EXCLUSIVE on the table and all
 * that inherits it, no scan), validate. The look comes first because a NOT VALID check already refuses every update of a
 * row that violates it; with {@code existingViolations: Proceed} there is none.
 */
final class AddCheckPlan {
    private static final String UNDEFINED_COLUMN = "42703";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** From here on a NO INHERIT check locks the children too. */
    private static final int NO_INHERIT_LOCKS_CHILDREN_SINCE = 18;

    private final AddCheck change;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Probe.Check wanted;

    private AddCheckPlan(AddCheck change, int index, Planning planning) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        if (change.noInherit() && table.partitioned()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    table.name()
                            + " is partitioned: PostgreSQL takes no check there that its partitions do not inherit");
        }
        this.wanted = wanted();
    }

    static List<Phase> phases(AddCheck change, int index, Planning planning) {
        return new AddCheckPlan(change, index, planning).phases();
    }

    /**
     * Its steps.
     *
     * @param name that it has in the end
     * @param action that adds it, a part of ALTER TABLE
     */
    record Steps(
            String name,
            Optional<Constraint> existing,
            String action,
            Step.Brief add,
            Step.Validate validate,
            List<Step.ViolationQuery> violations) {}

    static Steps steps(AddCheck change, int index, Planning planning) {
        return new AddCheckPlan(change, index, planning).steps();
    }

    private Steps steps() {
        Optional<Constraint> existing = existing();
        boolean validated = existing.filter(Constraint::validated).isPresent();
        String addedAs = existing.map(Constraint::name).orElseGet(this::name);
        String name = change.name() != null ? change.name().name() : addedAs;
        planning.claim(table, name, wanted.expression() + change.noInherit(), index);
        if (existing.isEmpty()) {
            requireMergeable(addedAs);
            replacement().ifPresent(replacement -> replacement.require(false));
        }
        if (!validated) {
            requirements.owner(inheriting());
        }
        List<Step.ViolationQuery> violations = violations(name);
        return new Steps(
                name,
                existing,
                action(addedAs),
                add(addedAs, existing.isPresent()),
                validate(addedAs, validated, violations),
                violations);
    }

    private List<Phase> phases() {
        Steps steps = steps();
        String name = steps.name();
        boolean applied = steps.existing().isPresent();
        List<Phase> phases = new ArrayList<>();
        if (planning.validation().existingViolations() != ExistingViolations.PROCEED) {
            if (!applied) {
                List<Table> read = withRows();
                requirements.selectAll(read);
                requirements.noRowSecurity(
                        read,
                        "ALTER ROLE %s BYPASSRLS, name a role that sees all rows in database.role, or set validation.existingViolations to Proceed");
            }
            phases.add(planning.phase(
                    PhaseType.VERIFY,
                    "Look for rows that violate " + Names.shown(name),
                    index,
                    List.of(new Step.Verify("Look at the existing rows", applied, steps.violations()))));
        }
        phases.add(planning.phase(
                PhaseType.APPLY, "Add " + Names.shown(name) + " NOT VALID", index, List.of(steps.add())));
        phases.add(
                planning.phase(PhaseType.VALIDATE, "Validate " + Names.shown(name), index, List.of(steps.validate())));
        replacement().ifPresent(replacement -> phases.add(replacement.phase(steps.existing(), index, planning)));
        return phases;
    }

    private Optional<Replacement> replacement() {
        return Replacement.of(change, change.name(), change.replaces(), table);
    }

    private String action(String name) {
        return "ADD CONSTRAINT " + Names.quoted(name) + " " + definition() + " NOT VALID";
    }

    private Step.Brief add(String name, boolean done) {
        LockSet locks = new LockSet().add(table, LockMode.ACCESS_EXCLUSIVE);
        boolean withChildren = !change.noInherit() || planning.major() >= NO_INHERIT_LOCKS_CHILDREN_SINCE;
        if (withChildren) {
            locks.addAll(table.descendants(), LockMode.ACCESS_EXCLUSIVE);
        }
        return new Step.Brief(
                "Add NOT VALID",
                done,
                locks.toList(),
                List.of("ALTER TABLE " + table.name().quoted() + " " + action(name)),
                withChildren ? Guards.sameDescendants(planning.major(), table) : null);
    }

    private Step.Validate validate(String name, boolean done, List<Step.ViolationQuery> violations) {
        LockSet locks = new LockSet().add(table, LockMode.SHARE_UPDATE_EXCLUSIVE);
        if (!change.noInherit()) {
            locks.addAll(table.descendants(), LockMode.SHARE_UPDATE_EXCLUSIVE);
        }
        return new Step.Validate(
                "Validate",
                done,
                table.relation(),
                locks.toList(),
                name,
                "ALTER TABLE " + table.name().quoted() + " VALIDATE CONSTRAINT " + Names.quoted(name),
                violations);
    }

    /** The lines' ends keep a comment, were there one, from reaching what follows. */
    private String definition() {
        return "CHECK (\n" + change.expression() + "\n)" + (change.noInherit() ? " NO INHERIT" : "");
    }

    private Probe.Check wanted() {
        return switch (planning.probe(index)) {
            case Probe.Check check -> check;
            case Probe.Failed failed ->
                throw new RefusedException(
                        switch (failed.sqlState()) {
                            case UNDEFINED_COLUMN -> Reason.INVALID_TARGET;
                            case INSUFFICIENT_PRIVILEGE -> Reason.PERMISSION_DENIED;
                            default -> Reason.INVALID_EXPRESSION;
                        },
                        "PostgreSQL does not take the expression as a check of %s%s: %s"
                                .formatted(
                                        table.name(),
                                        inherited() ? " and all that inherits from it (name no table in it)" : "",
                                        failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a check");
        };
    }

    /** The check as it is there: under its name, or where the manifest gives none, under any. */
    private Optional<Constraint> existing() {
        if (change.name() == null) {
            List<Constraint> same = table.constraints().stream()
                    .filter(constraint -> constraint.enforced() && same(constraint))
                    .toList();
            return same.stream()
                    .filter(Constraint::validated)
                    .findFirst()
                    .or(() -> same.stream().findFirst());
        }
        Optional<Replacement> swap = replacement().filter(Replacement::sameName);
        Optional<Constraint> named = table.constraint(change.name().name())
                // The old one.
                .filter(there -> swap.isEmpty() || (same(there) && there.enforced()))
                .or(() -> swap.flatMap(replacement -> table.constraint(replacement.addedAs())));
        named.ifPresent(there -> requireSame(table, there));
        return named;
    }

    private boolean same(Constraint there) {
        return there.expression() != null
                && wanted.forms().contains(there.expression())
                && there.noInherit() == change.noInherit();
    }

    private void requireSame(Table where, Constraint there) {
        if (!same(there)) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there with another definition: %s; wanted: CHECK (%s)%s"
                            .formatted(
                                    Names.shown(there.name()),
                                    where.name(),
                                    there.definition(),
                                    wanted.expression(),
                                    change.noInherit() ? " NO INHERIT" : ""));
        }
        if (!there.enforced()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there, but NOT ENFORCED, and PostgreSQL cannot make a check enforced: drop it first, then it is added anew"
                            .formatted(Names.shown(there.name()), where.name()));
        }
    }

    /** Where a child has a constraint of this name, the parent's is merged with it, which needs the same definition. */
    private void requireMergeable(String name) {
        if (!change.noInherit()) {
            table.descendants().forEach(child -> child.constraint(name).ifPresent(there -> requireSame(child, there)));
        }
    }

    private String name() {
        if (change.name() != null) {
            return replacement().map(Replacement::addedAs).orElse(change.name().name());
        }
        // A reference to the whole row counts, but has no name.
        boolean oneColumn =
                wanted.columns().size() == 1 && !wanted.columns().getFirst().isEmpty();
        return ConstraintNames.choose(
                table.name().name().name(),
                oneColumn ? wanted.columns().getFirst() : null,
                "check",
                planning.takenNames(Names.schema(table)));
    }

    private boolean inherited() {
        return !change.noInherit() && !table.descendants().isEmpty();
    }

    private List<Table> inheriting() {
        return change.noInherit()
                ? List.of(table)
                : Stream.concat(Stream.of(table), table.descendants().stream()).toList();
    }

    /** Tables with rows of their own that are validated; a foreign table's are the foreign server's business. */
    private List<Table> withRows() {
        return inheriting().stream()
                .filter(inheriting -> inheriting.kind() == Kind.TABLE)
                .toList();
    }

    /** The expression as the server wrote it: its columns, and the row by the table's own name, mean this row. */
    private List<Step.ViolationQuery> violations(String name) {
        String alias = table.name().name().quoted();
        return withRows().stream()
                .map(rows -> new Step.ViolationQuery(
                        name, rows.relation(), alias, "NOT (" + wanted.expression() + ")", rows.primaryKey()))
                .toList();
    }
}
