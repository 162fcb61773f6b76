package dev.phaselock.change;

import dev.phaselock.api.CommentSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code COMMENT ON}.
 *
 * @param name of the column, constraint or index; null for the table
 * @param text empty for none
 */
public record Comment(QualifiedName table, On on, @Nullable Identifier name, String text) implements Change {
    private static final int MAX_TEXT = 8192;

    /** What it is on. */
    public enum On {
        TABLE,
        COLUMN,
        CONSTRAINT,
        INDEX
    }

    static Comment of(CommentSpec spec, Fields fields) {
        if (Stream.of(spec.column(), spec.constraint(), spec.index())
                        .filter(name -> name != null)
                        .count()
                > 1) {
            throw fields.invalid("column", "at most one of column, constraint and index is wanted");
        }
        String text = fields.required("text", spec.text());
        if (text.codePointCount(0, text.length()) > MAX_TEXT) {
            throw fields.invalid("text", "longer than " + MAX_TEXT + " characters");
        }
        try {
            Literals.quote(text);
        } catch (IllegalArgumentException e) {
            throw fields.invalid("text", e.getMessage());
        }
        QualifiedName table = fields.table("table", spec.table());
        if (spec.column() != null) {
            return new Comment(table, On.COLUMN, fields.identifier("column", spec.column()), text);
        }
        if (spec.constraint() != null) {
            return new Comment(table, On.CONSTRAINT, fields.identifier("constraint", spec.constraint()), text);
        }
        return spec.index() != null
                ? new Comment(table, On.INDEX, fields.identifier("index", spec.index()), text)
                : new Comment(table, On.TABLE, null, text);
    }

    @Override
    public String label() {
        return "comment on " + (name == null ? table : name);
    }
}
