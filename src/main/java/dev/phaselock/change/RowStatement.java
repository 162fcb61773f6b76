package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.change.RunStatement.Locked;
import dev.phaselock.change.RunStatement.RowChange;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Judges INSERT, UPDATE and DELETE: allowed is what gives the same rows when it runs twice, for a Job may die behind its
 * COMMIT. How many rows it changes, and which functions it calls, is asked of the server (RowChangeProbe).
 */
final class RowStatement {
    private static final Set<String> INSERT = Set.of("relation", "cols", "selectStmt", "onConflictClause", "override");
    private static final Set<String> UPDATE = Set.of("relation", "targetList", "whereClause");
    private static final Set<String> DELETE = Set.of("relation", "whereClause");

    private final SqlStatement statement;
    private final JsonNode tree;

    private RowStatement(SqlStatement statement) {
        this.statement = statement;
        this.tree = statement.tree();
    }

    static RunStatement judge(SqlStatement statement) {
        return new RowStatement(statement).judge();
    }

    private RunStatement judge() {
        String event = switch (statement.kind()) {
            case "InsertStmt" -> {
                allow(INSERT);
                insert();
                yield "INSERT";
            }
            case "UpdateStmt" -> {
                allow(UPDATE);
                requireUnread(tree.path("targetList"), tree.path("targetList"), false);
                yield "UPDATE";
            }
            default -> {
                allow(DELETE);
                yield "DELETE";
            }
        };
        if (tree.findParent("SubLink") != null) {
            throw refuse("a subquery may read what the statement itself changes, and give other rows the second time");
        }
        JsonNode relation = tree.path("relation");
        QualifiedName table = new QualifiedName(
                relation.has("schemaname")
                        ? new Identifier(relation.path("schemaname").asText())
                        : null,
                new Identifier(relation.path("relname").asText()));
        return new RunStatement(
                table,
                statement.cut(statement.tokens()),
                event.toLowerCase(Locale.ROOT) + " of " + table,
                Effect.REPEATABLE,
                Kind.OTHER,
                List.of(table),
                List.of(),
                List.of(new Locked(table, LockMode.ROW_EXCLUSIVE)),
                List.of(),
                false,
                new RowChange(functions(), event, event.equals("DELETE")));
    }

    private void insert() {
        JsonNode values = tree.path("selectStmt").path("SelectStmt");
        if (!values.has("valuesLists")) {
            throw refuse("only VALUES are understood: rows of a query run by hand, in batches where there are many");
        }
        JsonNode conflict = tree.path("onConflictClause");
        JsonNode keys = conflict.path("infer").path("indexElems");
        if (keys.isEmpty()) {
            throw refuse(
                    "run again it would insert again: write ON CONFLICT (columns of a unique key) DO NOTHING or DO UPDATE");
        }
        Set<String> inserted = new HashSet<>();
        tree.path("cols")
                .forEach(column ->
                        inserted.add(column.path("ResTarget").path("name").asText()));
        for (JsonNode key : keys) {
            if (!inserted.contains(key.path("IndexElem").path("name").asText())) {
                throw refuse("the columns of ON CONFLICT must be among those that get values: else each run may insert"
                        + " anew");
            }
        }
        Set<String> keyNames = new HashSet<>();
        keys.forEach(key -> keyNames.add(key.path("IndexElem").path("name").asText()));
        for (JsonNode row : values.path("valuesLists")) {
            for (int i = 0; i < tree.path("cols").size(); i++) {
                JsonNode value = row.path("List").path("items").path(i);
                boolean key = keyNames.contains(
                        tree.path("cols").path(i).path("ResTarget").path("name").asText());
                if (key
                        && (value.has("SetToDefault")
                                || !all("FuncCall", value).isEmpty()
                                || !all("SQLValueFunction", value).isEmpty())) {
                    throw refuse("the values of the unique key must be constants: else each run may insert anew");
                }
            }
        }
        requireUnread(conflict.path("targetList"), conflict.path("targetList"), true);
    }

    /** The new values must not depend on the columns that get them. */
    private void requireUnread(JsonNode targets, JsonNode values, boolean insert) {
        Set<String> set = new HashSet<>();
        targets.forEach(target -> set.add(target.path("ResTarget").path("name").asText()));
        for (JsonNode value : values) {
            if (!all("SetToDefault", value).isEmpty()) {
                throw refuse("a default may be another value each time: write the value");
            }
            for (JsonNode reference : all("ColumnRef", value)) {
                JsonNode fields = reference.path("fields");
                JsonNode last = fields.path(fields.size() - 1);
                boolean excluded = insert
                        && fields.size() == 2
                        && fields.path(0).path("String").path("sval").asText().equals("excluded");
                if (!excluded
                        && (last.has("A_Star")
                                || (fields.size() == 1 && named(last))
                                || set.contains(last.path("String").path("sval").asText()))) {
                    throw refuse(
                            "a new value depends on the old one, so that running it twice is not the same as once: do"
                                    + " it by hand, in batches where there are many rows");
                }
            }
        }
    }

    /** Whether it is the table's own name: then the whole row. */
    private boolean named(JsonNode field) {
        String name = field.path("String").path("sval").asText();
        return name.equals(tree.path("relation").path("relname").asText())
                || name.equals(
                        tree.path("relation").path("alias").path("aliasname").asText());
    }

    private List<QualifiedName> functions() {
        List<QualifiedName> functions = new ArrayList<>();
        for (JsonNode call : all("FuncCall", tree)) {
            JsonNode name = call.path("funcname");
            String last = name.path(name.size() - 1).path("String").path("sval").asText();
            functions.add(
                    name.size() > 1
                            ? QualifiedName.of(
                                    name.path(0).path("String").path("sval").asText(), last)
                            : new QualifiedName(null, new Identifier(last)));
        }
        return functions;
    }

    /** All nodes of a kind, those in each other too. */
    private static List<JsonNode> all(String kind, JsonNode node) {
        List<JsonNode> found = new ArrayList<>();
        node.properties().forEach(field -> {
            if (field.getKey().equals(kind)) {
                found.add(field.getValue());
            }
        });
        node.forEach(child -> found.addAll(all(kind, child)));
        return found;
    }

    private void allow(Set<String> attributes) {
        for (var field : tree.properties()) {
            if (!attributes.contains(field.getKey())) {
                throw refuse("of a change of rows only the plain forms are understood, without WITH, FROM, USING and"
                        + " RETURNING: run it by hand, in batches where there are many rows");
            }
        }
    }

    private RefusedStatementException refuse(String why) {
        return new RefusedStatementException(statement.firstLine() + ": " + why);
    }
}
