package dev.phaselock.change;

import dev.phaselock.api.AddDomainConstraintSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER DOMAIN … ADD CONSTRAINT … CHECK}. It is about no table.
 *
 * @param table the domain's name
 * @param expression as it was written, see {@link AddCheck}
 */
public record AddDomainConstraint(QualifiedName table, Identifier name, String expression) implements Change {

    static AddDomainConstraint of(AddDomainConstraintSpec spec, Fields fields) {
        return new AddDomainConstraint(
                fields.table("domain", spec.domain()),
                fields.identifier("name", spec.name()),
                fields.expression("expression", spec.expression()));
    }

    @Override
    public List<QualifiedName> tables() {
        return List.of();
    }

    @Override
    public String label() {
        return "check " + name + " of " + table;
    }
}
