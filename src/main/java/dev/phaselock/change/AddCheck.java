package dev.phaselock.change;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ADD CONSTRAINT … CHECK}.
 *
 * @param expression as it was written; it cannot end the parentheses or the line that it is put into (see {@link
 *     Enclosure}), but only the parser and the server know whether it is an expression
 * @param noInherit whether it stays with this table
 * @param replaces the constraint whose place it takes; null for none
 */
public record AddCheck(
        QualifiedName table,
        @Nullable Identifier name,
        String expression,
        boolean noInherit,
        @Nullable Identifier replaces)
        implements Change {

    static AddCheck of(AddCheckSpec spec, Fields fields) {
        return new AddCheck(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                fields.expression("expression", spec.expression()),
                Fields.isTrue(spec.noInherit()),
                fields.replaced(spec.replaces(), spec.name()));
    }

    @Override
    public List<Identifier> constraints() {
        return Stream.of(Optional.ofNullable(name), Optional.ofNullable(replaces))
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    @Override
    public boolean followsReference() {
        return replaces != null;
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
