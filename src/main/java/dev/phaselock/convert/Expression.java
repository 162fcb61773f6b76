package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlSyntaxException;
import dev.phaselock.sql.Token;
import java.util.List;

/** Expressions as their author wrote them. */
final class Expression {
    private Expression() {}

    /**
     * The text of the tokens.
     *
     * @param meant the expression as the parser saw it in its statement
     * @throws InconvertibleException if the text by itself is another expression
     */
    static String cut(PgParser parser, Node node, List<Token> tokens, JsonNode meant) throws InconvertibleException {
        String text = node.statement().cut(tokens);
        JsonNode alone;
        try {
            alone = value(parser, text);
        } catch (SqlSyntaxException e) {
            throw node.refuse("its expression cannot be cut out of it (" + e.reason() + ")");
        }
        if (text.isEmpty() || !withoutPlaces(alone).equals(withoutPlaces(meant))) {
            throw node.refuse("its expression cannot be cut out of it");
        }
        return text;
    }

    /** Likewise, where the tokens only begin with it, and no word says where it ends. */
    static String longest(PgParser parser, Node node, List<Token> tokens, JsonNode meant)
            throws InconvertibleException {
        return longest(node, tokens, meant, text -> value(parser, text));
    }

    /** Likewise, a type. */
    static String longestType(PgParser parser, Node node, List<Token> tokens, JsonNode meant)
            throws InconvertibleException {
        return longest(
                node,
                tokens,
                meant,
                text -> target(parser, "SELECT CAST(NULL AS\n" + text + "\n)")
                        .path("TypeCast")
                        .path("typeName"));
    }

    private static String longest(Node node, List<Token> tokens, JsonNode meant, Reading reading)
            throws InconvertibleException {
        for (int end = tokens.size(); end > 0; end--) {
            String text = node.statement().cut(tokens.subList(0, end));
            try {
                if (withoutPlaces(reading.read(text)).equals(withoutPlaces(meant))) {
                    return text;
                }
            } catch (SqlSyntaxException _) {
                // One token less, then.
            }
        }
        throw node.refuse("a part of it cannot be cut out of it");
    }

    /** What the parser makes of a text. */
    @FunctionalInterface
    private interface Reading {
        JsonNode read(String text) throws SqlSyntaxException;
    }

    private static JsonNode value(PgParser parser, String text) {
        return target(parser, "SELECT (\n" + text + "\n)");
    }

    private static JsonNode target(PgParser parser, String select) {
        return parser.parse(select)
                .path("stmts")
                .path(0)
                .path("stmt")
                .path("SelectStmt")
                .path("targetList")
                .path(0)
                .path("ResTarget")
                .path("val");
    }

    private static JsonNode withoutPlaces(JsonNode node) {
        JsonNode copy = node.deepCopy();
        remove(copy);
        return copy;
    }

    private static void remove(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(List.of("location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"));
            object.forEach(Expression::remove);
        } else if (node instanceof ArrayNode array) {
            array.forEach(Expression::remove);
        }
    }
}
