package dev.phaselock.plan;

import dev.phaselock.change.ValidateConstraint;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Plans {@code VALIDATE CONSTRAINT} of a foreign key, a check or (from 18 on) a NOT NULL that is there already. What it
 * says is read from the catalog, also for the report of rows that violate it.
 */
final class ValidateConstraintPlan {
    private final Planning planning;
    private final Table table;
    private final Constraint constraint;

    private ValidateConstraintPlan(Planning planning, Table table, Constraint constraint) {
        this.planning = planning;
        this.table = table;
        this.constraint = constraint;
    }

    static List<Phase> phases(ValidateConstraint change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Constraint constraint = Requirements.constraint(table, change.name().name());
        planning.claimName(table, constraint.name(), index);
        if (!constraint.validated() && !constraint.enforced()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is NOT ENFORCED, and PostgreSQL validates no such constraint: drop it and add it anew"
                            .formatted(Names.shown(constraint.name()), table.name()));
        }
        ValidateConstraintPlan plan = new ValidateConstraintPlan(planning, table, constraint);
        if (!constraint.validated()) {
            plan.require(requirements);
        }
        return List.of(planning.phase(
                PhaseType.VALIDATE,
                "Validate " + Names.shown(constraint.name()),
                index,
                List.of(constraint.kind() == 'f' ? plan.foreignKey() : plan.ofRows())));
    }

    private void require(Requirements requirements) {
        if (constraint.kind() == 'f') {
            Table referenced = referenced();
            List<Table> rows = table.partitioned() ? table.leaves() : List.of(table);
            requirements.owner(List.of(table));
            requirements.selectAll(rows);
            requirements.select(referenced, Requirements.columns(referenced, key().referencedColumns()));
            requirements.noRowSecurity(
                    Stream.concat(rows.stream(), Stream.of(referenced))
                            .distinct()
                            .toList(),
                    WantedForeignKey.RLS_HELP);
        } else {
            requirements.owner(inheriting());
        }
    }

    private Step foreignKey() {
        Table referenced = referenced();
        ForeignKeySql sql = new ForeignKeySql(
                referenced,
                key(),
                Requirements.columns(table, key().columns()),
                Requirements.columns(referenced, key().referencedColumns()),
                constraint.comparisons());
        return ForeignKeyValidation.step(
                table,
                referenced,
                constraint.name(),
                constraint.validated(),
                part -> WantedForeignKey.find(part, key()),
                constraint.name(),
                sql);
    }

    /** Of a check or a NOT NULL. */
    private Step ofRows() {
        return new Step.Validate(
                "Validate on " + table.name(),
                constraint.validated(),
                table.relation(),
                new LockSet()
                        .addAll(inheriting(), LockMode.SHARE_UPDATE_EXCLUSIVE)
                        .toList(),
                constraint.name(),
                "ALTER TABLE " + table.name().quoted() + " VALIDATE CONSTRAINT " + Names.quoted(constraint.name()),
                inheriting().stream()
                        .filter(rows -> rows.kind() == Kind.TABLE && !constraint.validated())
                        .map(rows -> new Step.ViolationQuery(
                                constraint.name(),
                                rows.relation(),
                                // The name by which the expression may mean the whole row.
                                table.name().name().quoted(),
                                violated(),
                                rows.primaryKey()))
                        .toList());
    }

    private String violated() {
        return constraint.kind() == 'n'
                ? Names.quoted(Objects.requireNonNull(constraint.notNullColumn())) + " IS NOT DISTINCT FROM NULL"
                : "NOT (" + constraint.expression() + ")";
    }

    private List<Table> inheriting() {
        return constraint.noInherit()
                ? List.of(table)
                : Stream.concat(Stream.of(table), table.descendants().stream()).toList();
    }

    private ForeignKey key() {
        return Objects.requireNonNull(constraint.foreignKey());
    }

    private Table referenced() {
        return planning.facts().table(key().referenced());
    }
}
