package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A check that Phaselock adds for a while, so that a statement need not read the rows: added NOT VALID, validated, and
 * dropped by the step that it is for. It is known by its name and its definition. A valid check of somebody else's that
 * says the same is proof too, and stays.
 *
 * @param name kept for Phaselock's own
 * @param expression as the server writes it down
 * @param forms this, and as it writes it down after a dump and a restore
 * @param over whether what it is for is done
 */
record RowProof(Table table, String name, String expression, Set<String> forms, boolean over) {
    RowProof {
        forms = Set.copyOf(forms);
        Optional<Constraint> there = table.constraint(name);
        if (there.isPresent() && !forms.contains(String.valueOf(there.get().expression()))) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there with another definition, and the name is kept for Phaselock's own; drop it: %s"
                            .formatted(name, table.name(), there.get().definition()));
        }
    }

    /** Whether it need not be added (any more). */
    boolean added() {
        return over || left() || proof().isPresent();
    }

    /** Whether ours is there. */
    boolean left() {
        return table.constraint(name).isPresent();
    }

    /** Whether ours is to be dropped at the end. */
    boolean dropped() {
        return left() || (!over && proof().isEmpty());
    }

    Step.Brief add(int major) {
        return new Step.Brief(
                "Add the check NOT VALID",
                added(),
                locks(LockMode.ACCESS_EXCLUSIVE),
                List.of(alter() + "ADD CONSTRAINT " + Names.quoted(name) + " CHECK (" + expression + ") NOT VALID"),
                Guards.sameDescendants(major, table));
    }

    Step.Validate validate() {
        String validated = proof().map(Constraint::name).orElse(name);
        return new Step.Validate(
                "Validate",
                over || proof().isPresent(),
                table.relation(),
                locks(LockMode.SHARE_UPDATE_EXCLUSIVE),
                validated,
                alter() + "VALIDATE CONSTRAINT " + Names.quoted(validated),
                violations());
    }

    /** What an attaching that did not come to its end leaves, and the check that PostgreSQL makes when it detaches. */
    void rest(Planning planning) {
        if (over) {
            return;
        }
        Stream.concat(
                        table.constraint(name).stream(),
                        table.constraints().stream()
                                .filter(constraint -> constraint.kind() == 'c'
                                        && !constraint.inherited()
                                        && constraint.expression() != null
                                        && forms.contains(constraint.expression())))
                .map(Constraint::name)
                .distinct()
                .forEach(left -> planning.rest(new Step.Brief(
                        "Drop the check " + Names.shown(left),
                        false,
                        locks(LockMode.ACCESS_EXCLUSIVE),
                        List.of(alter() + "DROP CONSTRAINT " + Names.quoted(left)),
                        Guards.sameDescendants(planning.major(), table))));
    }

    String drop() {
        return alter() + "DROP CONSTRAINT " + Names.quoted(name);
    }

    List<Step.ViolationQuery> violations() {
        return all().filter(rows -> rows.kind() == Kind.TABLE)
                .map(rows -> new Step.ViolationQuery(
                        name,
                        rows.relation(),
                        table.name().name().quoted(),
                        "NOT (" + expression + ")",
                        rows.primaryKey()))
                .toList();
    }

    /** Under the locks: otherwise the rows would be read. */
    String valid() {
        return "EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = %d AND c.contype = 'c' AND c.convalidated AND c.conname = %s)"
                .formatted(
                        table.relation().oid(),
                        Guards.literal(proof().map(Constraint::name).orElse(name)));
    }

    private Optional<Constraint> proof() {
        return Stream.concat(table.constraint(name).stream(), table.constraints().stream())
                .filter(constraint -> constraint.validated()
                        && constraint.enforced()
                        && constraint.expression() != null
                        && forms.contains(constraint.expression())
                        && (!constraint.noInherit() || table.descendants().isEmpty()))
                .findFirst();
    }

    private List<RelationLock> locks(LockMode mode) {
        LockSet locks = new LockSet();
        lock(locks, mode);
        return locks.toList();
    }

    /** Adds what adding, validating or dropping it locks. */
    void lock(LockSet locks, LockMode mode) {
        all().forEach(each -> locks.add(each, mode));
    }

    private Stream<Table> all() {
        return Stream.concat(Stream.of(table), table.descendants().stream());
    }

    private String alter() {
        return "ALTER TABLE " + table.name().quoted() + " ";
    }
}
