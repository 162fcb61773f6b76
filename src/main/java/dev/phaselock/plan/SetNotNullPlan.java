package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec.ExistingViolations;
import dev.phaselock.change.SetNotNull;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans {@code SET NOT NULL}, which by itself reads all rows under ACCESS EXCLUSIVE:
 *
 * <ul>
 *   <li>From PostgreSQL 18 on the constraint is added NOT VALID and validated, as a check is.
 *   <li>Before, a check of ours that says the same is added NOT VALID and validated. Being valid it proves to SET NOT
 *       NULL that there is nothing to read; then it is dropped. Two statements, for in one ALTER TABLE the drop comes
 *       first and the rows are read (facts, measured on 13 to 18; PlanIT's way of measuring it: the server's messages).
 * </ul>
 *
 * <p>The check is known by its name and by its definition, so a phase can be repeated and nothing is remembered. A valid
 * check of somebody else's that says the same is proof too, and stays.
 */
final class SetNotNullPlan {
    /** From here on a NOT NULL is a constraint with a name, and can be NOT VALID. */
    private static final int NOT_VALID_SINCE = 18;

    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Column column;

    private SetNotNullPlan(Table table, Column column, int index, Planning planning) {
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = table;
        this.column = column;
        planning.claimDefinition(table, "NOT NULL of " + column.name(), index);
    }

    static List<Phase> phases(SetNotNull change, int index, Planning planning) {
        Table table =
                new Requirements(planning.facts()).table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Column column =
                Requirements.columns(table, List.of(change.column().name())).getFirst();
        return phases(table, column, index, planning);
    }

    /** @param column with its details; it need not be there yet */
    static List<Phase> phases(Table table, Column column, int index, Planning planning) {
        SetNotNullPlan plan = new SetNotNullPlan(table, column, index, planning);
        return planning.major() >= NOT_VALID_SINCE ? plan.byItself() : plan.byCheck();
    }

    private List<Phase> byItself() {
        Optional<Constraint> existing = table.constraints().stream()
                .filter(constraint -> constraint.kind() == 'n' && saysSo(constraint))
                .findFirst();
        Stream.concat(
                        existing.stream(),
                        table.descendants().stream()
                                .flatMap(child -> child.constraints().stream()
                                        .filter(constraint -> constraint.kind() == 'n' && saysSo(constraint))))
                .filter(constraint ->
                        constraint.noInherit() && !table.descendants().isEmpty())
                .forEach(constraint -> {
                    throw new RefusedException(
                            Reason.CONFLICTING_DEFINITION,
                            "%s is there, but NO INHERIT, which PostgreSQL does not change: drop it first"
                                    .formatted(Names.shown(constraint.name())));
                });
        boolean validated = existing.filter(Constraint::validated).isPresent();
        String name = existing.map(Constraint::name)
                .orElseGet(() -> ConstraintNames.choose(
                        table.name().name().name(),
                        column.name(),
                        "not_null",
                        planning.takenNames(Names.schema(table))));
        planning.claimName(table, name, index);
        require(existing.isPresent(), validated);
        List<Phase> phases = new ArrayList<>(verify(existing.isPresent()));
        phases.add(planning.phase(
                PhaseType.APPLY,
                "Add " + label() + " NOT VALID",
                index,
                List.of(new Step.Brief(
                        "Add NOT VALID",
                        existing.isPresent(),
                        locks(LockMode.ACCESS_EXCLUSIVE),
                        List.of(alter() + "ADD CONSTRAINT " + Names.quoted(name) + " NOT NULL "
                                + Names.quoted(column.name()) + " NOT VALID"),
                        sameDescendants()))));
        phases.add(validate(name, validated));
        return phases;
    }

    private List<Phase> byCheck() {
        boolean set = column.detailed().notNullEverywhere();
        String name = helperName(column.name());
        Optional<Constraint> helper = table.constraint(name);
        helper.filter(there -> !saysSo(there)).ifPresent(there -> {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there with another definition, and the name is kept for Phaselock's own: %s"
                            .formatted(name, table.name(), there.definition()));
        });
        Optional<Constraint> proof = Stream.concat(helper.stream(), table.constraints().stream())
                .filter(this::proves)
                .findFirst();
        boolean added = set || helper.isPresent() || proof.isPresent();
        boolean proven = set || proof.isPresent();
        boolean done = set && helper.isEmpty();
        require(added, done);
        List<String> statements = new ArrayList<>();
        if (done || !set) {
            statements.add(alter() + "ALTER COLUMN " + Names.quoted(column.name()) + " SET NOT NULL");
        }
        if (helper.isPresent() || proof.isEmpty()) {
            statements.add(alter() + "DROP CONSTRAINT " + Names.quoted(name));
        }
        planning.rest(new Step.Brief(
                "Drop the check",
                helper.isEmpty(),
                locks(LockMode.ACCESS_EXCLUSIVE),
                List.of(alter() + "DROP CONSTRAINT " + Names.quoted(name)),
                sameDescendants()));
        List<Phase> phases = new ArrayList<>(verify(added));
        phases.add(planning.phase(
                PhaseType.APPLY,
                "Add a check that " + Names.shown(column.name()) + " is not null, NOT VALID",
                index,
                List.of(new Step.Brief(
                        "Add the check NOT VALID",
                        added,
                        locks(LockMode.ACCESS_EXCLUSIVE),
                        // IS NOT NULL of a composite type would mean its fields; of others the server writes down that.
                        List.of(alter() + "ADD CONSTRAINT " + Names.quoted(name) + " CHECK ("
                                + Names.quoted(column.name()) + " IS DISTINCT FROM NULL) NOT VALID"),
                        sameDescendants()))));
        phases.add(validate(proof.map(Constraint::name).orElse(name), proven));
        phases.add(planning.phase(
                PhaseType.APPLY,
                "Set " + label() + " and drop the check",
                index,
                List.of(new Step.Brief(
                        "Set NOT NULL, drop the check",
                        done,
                        locks(LockMode.ACCESS_EXCLUSIVE),
                        statements,
                        Guards.all(
                                sameDescendants(),
                                set ? null : valid(proof.map(Constraint::name).orElse(name)))))));
        return phases;
    }

    /** {@code phaselock_not_null_}, some of the column's name for people, and a hash of all of it. */
    static String helperName(String column) {
        return OwnNames.of("phaselock_not_null", column, column);
    }

    private boolean saysSo(Constraint constraint) {
        return column.name().equals(constraint.notNullColumn());
    }

    private boolean proves(Constraint constraint) {
        return saysSo(constraint)
                && constraint.validated()
                && constraint.enforced()
                && (!constraint.noInherit() || table.descendants().isEmpty());
    }

    private void require(boolean added, boolean done) {
        if (!done) {
            requirements.owner(inheriting());
        }
        if (!added && planning.validation().existingViolations() != ExistingViolations.PROCEED) {
            requirements.selectAll(withRows());
            requirements.noRowSecurity(
                    withRows(),
                    "ALTER ROLE %s BYPASSRLS, name a role that sees all rows in database.role, or set validation.existingViolations to Proceed");
        }
    }

    private List<Phase> verify(boolean superfluous) {
        return planning.validation().existingViolations() == ExistingViolations.PROCEED
                ? List.of()
                : List.of(planning.phase(
                        PhaseType.VERIFY,
                        "Look for rows where " + Names.shown(column.name()) + " is null",
                        index,
                        List.of(new Step.Verify("Look at the existing rows", superfluous, violations()))));
    }

    private Phase validate(String name, boolean done) {
        return planning.phase(
                PhaseType.VALIDATE,
                "Validate that " + Names.shown(column.name()) + " is not null",
                index,
                List.of(new Step.Validate(
                        "Validate",
                        done,
                        table.relation(),
                        locks(LockMode.SHARE_UPDATE_EXCLUSIVE),
                        name,
                        alter() + "VALIDATE CONSTRAINT " + Names.quoted(name),
                        violations())));
    }

    private List<Step.ViolationQuery> violations() {
        return withRows().stream()
                .map(rows -> new Step.ViolationQuery(
                        label(),
                        rows.relation(),
                        "r",
                        "r." + Names.quoted(column.name()) + " IS NOT DISTINCT FROM NULL",
                        rows.primaryKey()))
                .toList();
    }

    /** Under the locks: otherwise SET NOT NULL would read the rows. Children's are valid as long as the parent's is. */
    private String valid(String check) {
        return "EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = %d AND c.contype = 'c' AND c.convalidated AND c.conname = %s)"
                .formatted(table.relation().oid(), Guards.literal(check));
    }

    private @Nullable String sameDescendants() {
        return Guards.sameDescendants(planning.major(), table);
    }

    private List<RelationLock> locks(LockMode mode) {
        return new LockSet().addAll(inheriting(), mode).toList();
    }

    private List<Table> inheriting() {
        return Stream.concat(Stream.of(table), table.descendants().stream()).toList();
    }

    private List<Table> withRows() {
        return inheriting().stream().filter(rows -> rows.kind() == Kind.TABLE).toList();
    }

    private String alter() {
        return "ALTER TABLE " + table.name().quoted() + " ";
    }

    private String label() {
        return "NOT NULL of " + Names.shown(column.name());
    }
}
