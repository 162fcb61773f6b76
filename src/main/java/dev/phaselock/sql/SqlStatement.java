package dev.phaselock.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One statement of a file.
 *
 * @param kind the node's name in PostgreSQL's parse tree: {@code AlterTableStmt}
 * @param tree the node
 * @param position where it begins
 * @param text the author's text, without what stands before and behind it
 * @param tokens its tokens without comments; their offsets are into {@code text}
 * @param comments the comments before it, in it, and behind it on its last line
 */
public record SqlStatement(
        String kind, JsonNode tree, SqlPosition position, String text, List<Token> tokens, List<String> comments) {
    /** Its first line, for people. */
    public String firstLine() {
        return text.lines().findFirst().orElse("").strip();
    }

    /** The author's text of some tokens that follow one another, a space for each comment between them. */
    public String cut(List<Token> tokens) {
        StringBuilder cut = new StringBuilder();
        int end = tokens.isEmpty() ? 0 : tokens.getFirst().start();
        for (Token token : tokens) {
            String between = text.substring(end, token.start());
            cut.append(between.isBlank() ? between : " ").append(token.text());
            end = token.start() + token.text().length();
        }
        return cut.toString();
    }
}
