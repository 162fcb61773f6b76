package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.SqlPosition;
import java.util.List;

/**
 * One statement of a file.
 *
 * @param kind the node's name in PostgreSQL's parse tree: {@code AlterTableStmt}
 * @param tree the node
 * @param text the author's text, without what stands before and behind it
 * @param comments the comments before it, in it, and behind it on its last line
 */
record Statement(String kind, JsonNode tree, SqlPosition position, String text, List<String> comments) {
    String firstLine() {
        return text.lines().findFirst().orElse("").strip();
    }
}
