package dev.phaselock.change;

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
 * Reads the fields of one operation of a manifest; a fault names the field. The bounds are those of the custom resource.
 *
 * @param path of the operation, {@code changes[0].addCheck}
 */
record Fields(String path) {
    private static final int MAX_NAME = 130;
    private static final int MAX_QUALIFIED_NAME = 270;
    private static final int MAX_COLUMNS = 32;
    private static final int MAX_EXPRESSION = 8192;

    /** Of a field below the operation. */
    String path(String field) {
        return path + "." + field;
    }

    InvalidChangeException invalid(String field, String why) {
        return new InvalidChangeException(path(field), why);
    }

    <T> List<T> someOf(String field, @Nullable List<T> given) {
        List<T> columns = required(field, given);
        if (columns.isEmpty() || columns.size() > MAX_COLUMNS) {
            throw invalid(field, "1 to " + MAX_COLUMNS + " columns are wanted");
        }
        return columns;
    }

    List<Identifier> identifiers(String field, @Nullable List<String> given) {
        List<String> texts = someOf(field, given);
        List<Identifier> identifiers = new ArrayList<>();
        Set<Identifier> seen = new HashSet<>();
        for (int i = 0; i < texts.size(); i++) {
            String element = field + "[" + i + "]";
            Identifier identifier = parsed(element, texts.get(i), MAX_NAME, Identifier::parse);
            if (!seen.add(identifier)) {
                throw invalid(element, identifier + " is there twice");
            }
            identifiers.add(identifier);
        }
        return identifiers;
    }

    Identifier identifier(String field, @Nullable String text) {
        return parsed(field, text, MAX_NAME, Identifier::parse);
    }

    @Nullable
    Identifier optionalIdentifier(String field, @Nullable String text) {
        return text == null ? null : identifier(field, text);
    }

    /** The name of a constraint whose place another takes, which then has to have a name of its own. */
    @Nullable
    Identifier replaced(@Nullable String replaced, @Nullable String name) {
        if (replaced != null && name == null) {
            throw invalid("replaces", "needs a name");
        }
        return optionalIdentifier("replaces", replaced);
    }

    QualifiedName table(String field, @Nullable String text) {
        return parsed(field, text, MAX_QUALIFIED_NAME, QualifiedName::parse);
    }

    /** An SQL expression, as far as that can be judged without a parser (see {@link Enclosure}). */
    String expression(String field, @Nullable String text) {
        String expression = bounded(field, required(field, text), MAX_EXPRESSION);
        if (expression.isBlank()) {
            throw invalid(field, "an SQL expression is wanted");
        }
        String why = Enclosure.whyNot(expression);
        if (why != null) {
            throw invalid(field, "not exactly one SQL expression: " + why);
        }
        return expression;
    }

    /** A type, as far as that can be judged without a parser. */
    String type(String field, @Nullable String text) {
        String type = bounded(field, required(field, text), MAX_QUALIFIED_NAME);
        if (type.isBlank()) {
            throw invalid(field, "a type is wanted");
        }
        String why = Enclosure.whyNot(type);
        if (why != null) {
            throw invalid(field, "not exactly one type: " + why);
        }
        return type;
    }

    <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw invalid(field, "is missing");
        }
        return value;
    }

    static boolean isTrue(@Nullable Boolean value) {
        return value != null && value;
    }

    private <T> T parsed(String field, @Nullable String text, int max, Function<String, T> parser) {
        String bounded = bounded(field, required(field, text), max);
        try {
            return parser.apply(bounded);
        } catch (InvalidIdentifierException e) {
            throw invalid(field, e.getMessage());
        }
    }

    private String bounded(String field, String text, int max) {
        if (text.codePointCount(0, text.length()) > max) {
            throw invalid(field, "longer than " + max + " characters");
        }
        return text;
    }
}
