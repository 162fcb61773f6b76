package dev.phaselock.change;

import dev.phaselock.api.AddEnumValueSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TYPE … ADD VALUE}. It is about no table.
 *
 * @param table the type's name
 */
public record AddEnumValue(
        QualifiedName table,
        String value,
        @Nullable String before,
        @Nullable String after) implements Change {

    static AddEnumValue of(AddEnumValueSpec spec, Fields fields) {
        if (spec.before() != null && spec.after() != null) {
            throw fields.invalid("before", "at most one of before and after is wanted");
        }
        return new AddEnumValue(
                fields.table("type", spec.type()),
                label("value", fields.required("value", spec.value()), fields),
                spec.before() == null ? null : label("before", spec.before(), fields),
                spec.after() == null ? null : label("after", spec.after(), fields));
    }

    private static String label(String field, String label, Fields fields) {
        try {
            Literals.quote(label);
        } catch (IllegalArgumentException e) {
            throw fields.invalid(field, e.getMessage());
        }
        if (label.isEmpty() || label.getBytes(StandardCharsets.UTF_8).length > Identifier.MAX_BYTES) {
            throw fields.invalid(field, "1 to " + Identifier.MAX_BYTES + " bytes are wanted");
        }
        return label;
    }

    @Override
    public List<QualifiedName> tables() {
        return List.of();
    }

    /** What stands behind the type's name in the statement. */
    public String action() {
        return "ADD VALUE IF NOT EXISTS " + Literals.quote(value)
                + (before == null ? "" : " BEFORE " + Literals.quote(before))
                + (after == null ? "" : " AFTER " + Literals.quote(after));
    }

    @Override
    public String label() {
        return "value of " + table;
    }
}
