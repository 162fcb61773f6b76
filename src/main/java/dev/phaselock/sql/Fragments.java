package dev.phaselock.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges fragments of SQL that people write and that become part of a statement. What passes here can do nothing in its
 * place but be what it is there for.
 *
 * <p>Two judgements, so that no oversight in one of them opens the door. By the tokens: no comment, no semicolon, no parameter, and every parenthesis closed
 * that the fragment opens, none that it does not; so the parenthesis before the fragment belongs to the one behind it.
 * By the tree of the whole statement: exactly one statement of the kind that was meant, with no attribute that was not.
 * {@code a > 0); DROP TABLE x; --}, {@code a > 0), DROP COLUMN b, ADD CHECK (true} and {@code a > 0) NOT VALID NO
 * INHERIT --} are what they stop.
 *
 * <p>The judgement holds where the fragment stands in parentheses (a type: as in {@code CAST(NULL AS …)}) and the
 * session has {@code standard_conforming_strings} on, or PostgreSQL would see other tokens. Whether the server's version
 * takes it, whether names exist and types fit, is the server's own to say.
 */
public final class Fragments {
    /** The longest fragment that is looked at, in UTF-16 units; what the resource lets through. */
    public static final int MAX_LENGTH = 8_192;

    private Fragments() {}

    /**
     * Requires exactly one expression, such as the condition of a CHECK or a default.
     *
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static void requireOneExpression(PgParser parser, String text) {
        requireWholeTokens(parser, "expression", text);
        requireExpressionTree(parser, text);
    }

    /** The second judgement of an expression, also of one that the first would not let through. */
    static void requireExpressionTree(PgParser parser, String text) {
        JsonNode command = only(
                parse(parser, "expression", text, "ALTER TABLE x ADD CONSTRAINT c CHECK (\n", "\n) NOT VALID")
                        .path("AlterTableStmt"),
                Set.of("relation", "cmds", "objtype"),
                "cmds");
        JsonNode constraint = command.path("AlterTableCmd").path("def").path("Constraint");
        boolean asMeant = hasExactly(command.path("AlterTableCmd"), Set.of("subtype", "def", "behavior"))
                && command.path("AlterTableCmd").path("subtype").asText().equals("AT_AddConstraint")
                && hasExactly(
                        constraint,
                        Set.of("contype", "conname", "is_enforced", "skip_validation", "raw_expr", "location"))
                && constraint.path("contype").asText().equals("CONSTR_CHECK")
                && constraint.path("is_enforced").booleanValue()
                && constraint.path("skip_validation").booleanValue();
        if (!asMeant) {
            throw new InvalidFragmentException("expression", text, "it changes the statement around it");
        }
    }

    /**
     * Requires exactly one type, such as {@code numeric(10, 2)[]}.
     *
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static void requireOneType(PgParser parser, String text) {
        requireWholeTokens(parser, "type", text);
        requireTypeTree(parser, text);
    }

    /** The second judgement of a type, also of one that the first would not let through. */
    static void requireTypeTree(PgParser parser, String text) {
        JsonNode target = only(
                parse(parser, "type", text, "SELECT CAST(NULL AS\n", "\n)").path("SelectStmt"),
                Set.of("targetList", "limitOption", "op"),
                "targetList");
        JsonNode cast = target.path("ResTarget").path("val").path("TypeCast");
        boolean asMeant = hasExactly(target.path("ResTarget"), Set.of("val", "location"))
                && hasExactly(cast, Set.of("arg", "typeName", "location"))
                && cast.path("arg").path("A_Const").path("isnull").booleanValue();
        if (!asMeant) {
            throw new InvalidFragmentException("type", text, "it changes the statement around it");
        }
    }

    /**
     * Requires exactly one bound of a partition, {@code FOR VALUES …} or {@code DEFAULT}, of constants alone: what a
     * function gives may be another value each time.
     *
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static void requireOneBound(PgParser parser, String text) {
        requireWholeTokens(parser, "bound", text);
        JsonNode command = only(
                        parse(parser, "bound", text, "ALTER TABLE x ATTACH PARTITION y\n", "\n")
                                .path("AlterTableStmt"),
                        Set.of("relation", "cmds", "objtype"),
                        "cmds")
                .path("AlterTableCmd");
        JsonNode partition = command.path("def").path("PartitionCmd");
        boolean asMeant = hasExactly(command, Set.of("subtype", "def", "behavior"))
                && command.path("subtype").asText().equals("AT_AttachPartition")
                && hasExactly(partition, Set.of("name", "bound"));
        if (!asMeant) {
            throw new InvalidFragmentException("bound", text, "it changes the statement around it");
        }
        if (partition.findParent("FuncCall") != null || partition.findParent("SQLValueFunction") != null) {
            throw new InvalidFragmentException("bound", text, "its values must be constants");
        }
    }

    /**
     * Requires columns and constraints, as they stand between the parentheses of CREATE TABLE. LIKE is refused: what it
     * means is another table's to say.
     *
     * @return the names of the tables to which foreign keys refer, each of one or two parts, sorted by their texts
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static List<List<String>> requireTableElements(PgParser parser, String text) {
        requireWholeTokens(parser, "table definition", text);
        JsonNode table = parse(parser, "table definition", text, "CREATE TABLE x (\n", "\n)")
                .path("CreateStmt");
        if (!hasExactly(table, Set.of("relation", "tableElts", "oncommit")) || !keepsRows(table)) {
            throw new InvalidFragmentException("table definition", text, "it changes the statement around it");
        }
        List<List<String>> referenced = new ArrayList<>();
        for (JsonNode element : table.path("tableElts")) {
            if (!element.has("ColumnDef") && !element.has("Constraint")) {
                throw new InvalidFragmentException(
                        "table definition", text, "only columns and constraints can be in it");
            }
            for (JsonNode key : element.findValues("pktable")) {
                referenced.add(
                        key.has("schemaname")
                                ? List.of(
                                        key.path("schemaname").asText(),
                                        key.path("relname").asText())
                                : List.of(key.path("relname").asText()));
            }
        }
        referenced.sort(Comparator.comparing(Object::toString));
        return referenced;
    }

    /**
     * Requires what stands behind EXCLUDE.
     *
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static void requireOneExclusion(PgParser parser, String text) {
        requireWholeTokens(parser, "exclusion", text);
        JsonNode command = only(
                        parse(parser, "exclusion", text, "ALTER TABLE x ADD CONSTRAINT c EXCLUDE\n", "\n")
                                .path("AlterTableStmt"),
                        Set.of("relation", "cmds", "objtype"),
                        "cmds")
                .path("AlterTableCmd");
        JsonNode constraint = command.path("def").path("Constraint");
        if (!hasExactly(command, Set.of("subtype", "def", "behavior"))
                || !constraint.path("contype").asText().equals("CONSTR_EXCLUSION")) {
            throw new InvalidFragmentException("exclusion", text, "it changes the statement around it");
        }
    }

    /**
     * Requires what stands behind PARTITION BY.
     *
     * @throws InvalidFragmentException if it is anything else, also when PostgreSQL's grammar does not take it
     */
    public static void requirePartitionBy(PgParser parser, String text) {
        requireWholeTokens(parser, "partition key", text);
        JsonNode table = parse(parser, "partition key", text, "CREATE TABLE x (a int) PARTITION BY\n", "\n")
                .path("CreateStmt");
        if (!hasExactly(table, Set.of("relation", "tableElts", "partspec", "oncommit")) || !keepsRows(table)) {
            throw new InvalidFragmentException("partition key", text, "it changes the statement around it");
        }
    }

    private static boolean keepsRows(JsonNode table) {
        return table.path("oncommit").asText().equals("ONCOMMIT_NOOP");
    }

    /** The first judgement: nothing but whole tokens that leave what surrounds them alone. */
    static void requireWholeTokens(PgParser parser, String kind, String text) {
        if (text.length() > MAX_LENGTH) {
            throw new InvalidFragmentException(kind, text, "longer than %,d characters".formatted(MAX_LENGTH));
        }
        List<Token> tokens;
        try {
            tokens = parser.scan(text);
        } catch (SqlSyntaxException e) {
            throw new InvalidFragmentException(kind, text, reason(e, e.position()));
        }
        if (tokens.isEmpty()) {
            throw new InvalidFragmentException(kind, text, "it is empty");
        }
        Deque<Token> open = new ArrayDeque<>();
        for (Token token : tokens) {
            if (token.kind() == Token.Kind.COMMENT) {
                throw misplaced(kind, text, "a comment", token);
            } else if (token.kind() == Token.Kind.PARAMETER) {
                throw misplaced(kind, text, "a parameter", token);
            } else if (token.is(";")) {
                throw misplaced(kind, text, "a semicolon", token);
            } else if (token.is("(")) {
                open.push(token);
            } else if (token.is(")") && open.poll() == null) {
                throw misplaced(kind, text, "a parenthesis that closes nothing", token);
            }
        }
        if (!open.isEmpty()) {
            throw misplaced(kind, text, "a parenthesis that is not closed", open.peek());
        }
    }

    private static InvalidFragmentException misplaced(String kind, String text, String what, Token token) {
        return new InvalidFragmentException(
                kind, text, "%s at %s".formatted(what, SqlPosition.ofOffset(text, token.start())));
    }

    /** The one statement that the fragment makes with what stands around it. */
    private static JsonNode parse(PgParser parser, String kind, String text, String before, String after) {
        JsonNode tree;
        try {
            tree = parser.parse(before + text + after);
        } catch (SqlSyntaxException e) {
            throw new InvalidFragmentException(kind, text, reason(e, text, before.length()));
        }
        JsonNode statements = tree.path("stmts");
        if (statements.size() != 1) {
            throw new InvalidFragmentException(
                    kind, text, "it makes %d statements of one".formatted(statements.size()));
        }
        return statements.get(0).path("stmt");
    }

    private static String reason(SqlSyntaxException e, String text, int before) {
        if (e.position() == null) {
            return reason(e, null);
        }
        int character = e.position().character() - before;
        return character > text.codePointCount(0, text.length())
                ? "it ends too early"
                : reason(e, SqlPosition.ofCharacter(text, character));
    }

    private static String reason(SqlSyntaxException e, @Nullable SqlPosition position) {
        String reason = Text.excerpt(e.reason());
        return position == null ? reason : "%s (%s)".formatted(reason, position);
    }

    /** The one element of a node's list; a missing node, which {@link #hasExactly} refuses, when there is anything else. */
    private static JsonNode only(JsonNode node, Set<String> fields, String list) {
        return hasExactly(node, fields) && node.path(list).size() == 1
                ? node.path(list).get(0)
                : MissingNode.getInstance();
    }

    private static boolean hasExactly(JsonNode node, Set<String> fields) {
        Set<String> names = new HashSet<>();
        node.fieldNames().forEachRemaining(names::add);
        return names.equals(fields);
    }
}
