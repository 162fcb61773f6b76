package dev.phaselock.change;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD CONSTRAINT … CHECK}.
 *
 * @param expression as it was written; it cannot end the parentheses or the line that it is put into (see {@link
 *     Enclosure}), but only the parser and the server know whether it is an expression
 * @param noInherit whether it stays with this table
 */
public record AddCheck(QualifiedName table, @Nullable Identifier name, String expression, boolean noInherit)
        implements Change {

    static AddCheck of(AddCheckSpec spec, Fields fields) {
        return new AddCheck(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                fields.expression("expression", spec.expression()),
                Fields.isTrue(spec.noInherit()));
    }

    @Override
    public List<Identifier> constraints() {
        return name == null ? List.of() : List.of(name);
    }

    @Override
    public boolean letsPostgresqlChooseName() {
        return name == null;
    }

    @Override
    public boolean comparesChecks() {
        return true;
    }

    @Override
    public String label() {
        return name != null ? "check " + name : "check on " + table;
    }
}
