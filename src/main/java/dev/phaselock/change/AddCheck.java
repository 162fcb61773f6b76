package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
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

    @Override
    public String label() {
        return name != null ? "check " + name : "check on " + table;
    }
}
