package dev.phaselock.change;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.InvalidIdentifierException;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes of a manifest's entries. What the API server's rules refuse is refused here too, as a manifest may come
 * from a file.
 */
public final class Changes {
    // The bounds of the custom resource.
    private static final int MAX_CHANGES = 100;
    private static final int MAX_NAME = 130;
    private static final int MAX_QUALIFIED_NAME = 270;
    private static final int MAX_COLUMNS = 32;
    private static final int MAX_EXPRESSION = 8192;

    private Changes() {}

    /**
     * Reads the entries of {@code spec.changes}.
     *
     * @throws InvalidChangeException that names the field
     */
    public static List<Change> from(@Nullable List<ChangeSpec> specs) {
        if (specs == null || specs.isEmpty()) {
            throw new InvalidChangeException("changes", "at least one entry is wanted");
        }
        if (specs.size() > MAX_CHANGES) {
            throw new InvalidChangeException("changes", "more than " + MAX_CHANGES + " entries");
        }
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            String field = "changes[" + i + "]";
            Change change = change(field, specs.get(i));
            int same = changes.indexOf(change);
            if (same >= 0) {
                throw new InvalidChangeException(field, "the same as changes[" + same + "]");
            }
            changes.add(change);
        }
        return List.copyOf(changes);
    }

    private static Change change(String field, @Nullable ChangeSpec spec) {
        if (spec == null || (spec.addForeignKey() == null) == (spec.addCheck() == null)) {
            throw new InvalidChangeException(
                    field, "exactly one operation is wanted in each entry: addForeignKey or addCheck");
        }
        return spec.addForeignKey() != null
                ? foreignKey(field + ".addForeignKey", spec.addForeignKey())
                : check(field + ".addCheck", spec.addCheck());
    }

    private static AddForeignKey foreignKey(String field, AddForeignKeySpec spec) {
        List<Identifier> columns = identifiers(field + ".columns", required(field + ".columns", spec.columns()));
        AddForeignKeySpec.References references = required(field + ".references", spec.references());
        List<Identifier> referencedColumns = references.columns() == null
                ? List.of()
                : identifiers(field + ".references.columns", references.columns());
        if (references.columns() != null && referencedColumns.size() != columns.size()) {
            throw new InvalidChangeException(
                    field + ".references.columns",
                    "as many as in columns are wanted: " + columns.size() + ", not " + referencedColumns.size());
        }
        Action onDelete = spec.onDelete() == null ? Action.NO_ACTION : spec.onDelete();
        return new AddForeignKey(
                qualifiedName(field + ".table", spec.table()),
                name(field + ".name", spec.name()),
                columns,
                qualifiedName(field + ".references.table", references.table()),
                referencedColumns,
                onDelete,
                onDeleteColumns(field + ".onDeleteColumns", spec.onDeleteColumns(), onDelete, columns),
                spec.onUpdate() == null ? Action.NO_ACTION : spec.onUpdate(),
                spec.match() == null ? Match.SIMPLE : spec.match(),
                isTrue(spec.deferrable()),
                initiallyDeferred(field, spec));
    }

    private static List<Identifier> onDeleteColumns(
            String field, @Nullable List<String> texts, Action onDelete, List<Identifier> columns) {
        if (texts == null) {
            return List.of();
        }
        if (onDelete != Action.SET_NULL && onDelete != Action.SET_DEFAULT) {
            throw new InvalidChangeException(field, "goes with onDelete: SetNull or SetDefault");
        }
        List<Identifier> set = identifiers(field, texts);
        for (int i = 0; i < set.size(); i++) {
            if (!columns.contains(set.get(i))) {
                throw new InvalidChangeException(field + "[" + i + "]", set.get(i) + " is none of the key's columns");
            }
        }
        return set;
    }

    private static boolean initiallyDeferred(String field, AddForeignKeySpec spec) {
        boolean deferred = isTrue(spec.initiallyDeferred());
        if (deferred && !isTrue(spec.deferrable())) {
            throw new InvalidChangeException(field + ".initiallyDeferred", "needs deferrable: true");
        }
        return deferred;
    }

    private static AddCheck check(String field, AddCheckSpec spec) {
        String expressionField = field + ".expression";
        String expression = bounded(expressionField, required(expressionField, spec.expression()), MAX_EXPRESSION);
        if (expression.isBlank()) {
            throw new InvalidChangeException(expressionField, "an SQL expression is wanted");
        }
        String why = Enclosure.whyNot(expression);
        if (why != null) {
            throw new InvalidChangeException(expressionField, "not exactly one SQL expression: " + why);
        }
        return new AddCheck(
                qualifiedName(field + ".table", spec.table()),
                name(field + ".name", spec.name()),
                expression,
                isTrue(spec.noInherit()));
    }

    private static List<Identifier> identifiers(String field, List<String> texts) {
        if (texts.isEmpty() || texts.size() > MAX_COLUMNS) {
            throw new InvalidChangeException(field, "1 to " + MAX_COLUMNS + " columns are wanted");
        }
        List<Identifier> identifiers = new ArrayList<>();
        Set<Identifier> seen = new HashSet<>();
        for (int i = 0; i < texts.size(); i++) {
            String element = field + "[" + i + "]";
            Identifier identifier = parsed(element, texts.get(i), MAX_NAME, Identifier::parse);
            if (!seen.add(identifier)) {
                throw new InvalidChangeException(element, identifier + " is there twice");
            }
            identifiers.add(identifier);
        }
        return identifiers;
    }

    private static @Nullable Identifier name(String field, @Nullable String text) {
        return text == null ? null : parsed(field, text, MAX_NAME, Identifier::parse);
    }

    private static QualifiedName qualifiedName(String field, @Nullable String text) {
        return parsed(field, text, MAX_QUALIFIED_NAME, QualifiedName::parse);
    }

    private static <T> T parsed(String field, @Nullable String text, int max, Function<String, T> parser) {
        String bounded = bounded(field, required(field, text), max);
        try {
            return parser.apply(bounded);
        } catch (InvalidIdentifierException e) {
            throw new InvalidChangeException(field, e.getMessage());
        }
    }

    private static String bounded(String field, String text, int max) {
        if (text.codePointCount(0, text.length()) > max) {
            throw new InvalidChangeException(field, "longer than " + max + " characters");
        }
        return text;
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new InvalidChangeException(field, "is missing");
        }
        return value;
    }

    private static boolean isTrue(@Nullable Boolean value) {
        return value != null && value;
    }
}
