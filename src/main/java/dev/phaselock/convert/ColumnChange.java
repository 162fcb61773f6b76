package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddIdentitySpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The parts of an ALTER TABLE that add or alter a column. */
final class ColumnChange {
    private ColumnChange() {}

    /** {@code ADD COLUMN}: the column, and a key of it that is built by itself. */
    static List<OperationSpec> add(PgParser parser, String table, List<Token> tokens, Node command)
            throws InconvertibleException {
        Node column = command.child("def").child("ColumnDef");
        column.allow("colname", "typeName", "is_local", "collClause", "constraints");
        String defaultExpression = null;
        String generatedExpression = null;
        Boolean notNull = null;
        NewColumnKey references = null;
        AddColumnSpec.Check check = null;
        List<OperationSpec> keys = new ArrayList<>();
        for (JsonNode each : column.json().path("constraints")) {
            Node constraint = new Node(column.statement(), each.path("Constraint"));
            switch (constraint.text("contype")) {
                case "CONSTR_DEFAULT" -> {
                    constraint.allow("contype", "raw_expr");
                    defaultExpression = Expression.longest(
                            parser,
                            constraint,
                            behind(tokens, "DEFAULT"),
                            constraint.json().path("raw_expr"));
                }
                case "CONSTR_NOTNULL" -> {
                    constraint.allow("contype", "is_enforced", "initially_valid");
                    notNull = true;
                }
                case "CONSTR_NULL" -> constraint.allow("contype");
                case "CONSTR_GENERATED" -> {
                    constraint.allow("contype", "generated_when", "generated_kind", "raw_expr");
                    if (!constraint.text("generated_kind").equals("v")) {
                        throw column.refuse(
                                "a stored generated column is written into every row while everybody waits");
                    }
                    generatedExpression = Expression.cut(
                            parser,
                            constraint,
                            Pieces.inside(behind(behind(tokens, "GENERATED"), "AS"))
                                    .orElse(List.of()),
                            constraint.json().path("raw_expr"));
                }
                case "CONSTR_IDENTITY" ->
                    throw column.refuse("an identity column gets a value in every row while everybody waits");
                case "CONSTR_FOREIGN" -> {
                    if (references != null) {
                        throw constraint.refuse("a column comes with one foreign key: add the other by itself");
                    }
                    references = new NewColumnKey(constraint);
                }
                case "CONSTR_ATTR_DEFERRABLE",
                        "CONSTR_ATTR_NOT_DEFERRABLE",
                        "CONSTR_ATTR_DEFERRED",
                        "CONSTR_ATTR_IMMEDIATE" -> {
                    if (references == null) {
                        throw constraint.refuse("only of a foreign key it is understood here");
                    }
                    references.deferral(constraint.text("contype"));
                }
                case "CONSTR_CHECK" -> {
                    constraint.allow(
                            "contype", "conname", "is_enforced", "skip_validation", "initially_valid", "raw_expr");
                    if (check != null || !constraint.is("is_enforced")) {
                        throw constraint.refuse(
                                "a column comes with one check that is enforced: add the other by itself");
                    }
                    check = new AddColumnSpec.Check(
                            constraint.optionalName("conname"),
                            Expression.cut(
                                    parser,
                                    constraint,
                                    Pieces.inside(behind(tokens, "CHECK")).orElse(List.of()),
                                    constraint.json().path("raw_expr")));
                }
                case "CONSTR_UNIQUE" -> {
                    constraint.allow("contype", "conname", "nulls_not_distinct", "is_enforced", "initially_valid");
                    keys.add(new AddUniqueSpec(
                            table,
                            constraint.optionalName("conname"),
                            List.of(column.name("colname")),
                            null,
                            constraint.flag("nulls_not_distinct"),
                            null,
                            null,
                            null));
                }
                case "CONSTR_PRIMARY" -> {
                    constraint.allow("contype", "conname", "is_enforced", "initially_valid");
                    keys.add(new AddPrimaryKeySpec(
                            table,
                            constraint.optionalName("conname"),
                            List.of(column.name("colname")),
                            null,
                            null,
                            null,
                            null));
                }
                default -> throw constraint.refuse("it is no operation of a SchemaChange");
            }
        }
        List<Token> definition = behind(tokens, "ADD");
        if (!definition.isEmpty()
                && definition.getFirst().kind() == Token.Kind.KEYWORD
                && definition.getFirst().text().equalsIgnoreCase("COLUMN")) {
            definition = definition.subList(1, definition.size());
        }
        if (command.is("missing_ok")) {
            // IF NOT EXISTS are the next three.
            definition = definition.subList(Math.min(3, definition.size()), definition.size());
        }
        AddColumnSpec added = new AddColumnSpec(
                table,
                column.name("colname"),
                type(parser, column, definition.subList(Math.min(1, definition.size()), definition.size())),
                collation(column),
                defaultExpression,
                notNull,
                generatedExpression,
                null,
                references == null ? null : references.spec(),
                check);
        return Stream.concat(Stream.of(added), keys.stream()).toList();
    }

    /** {@code ALTER COLUMN … TYPE}. */
    static OperationSpec alter(PgParser parser, String table, List<Token> tokens, Node command)
            throws InconvertibleException {
        Node column = command.child("def").child("ColumnDef");
        if (column.json().has("raw_default")) {
            throw command.refuse("USING writes every row anew while everybody waits");
        }
        column.allow("typeName", "collClause");
        return new AlterTypeSpec(
                table,
                command.name("name"),
                type(parser, column, behind(behind(tokens, "ALTER"), "TYPE")),
                collation(column));
    }

    /** {@code ADD GENERATED … AS IDENTITY}. Where its sequence begins must be said: rows are there. */
    static OperationSpec identity(String table, Node command) throws InconvertibleException {
        Node constraint = command.child("def").child("Constraint");
        constraint.allow("contype", "generated_when", "options", "is_enforced", "initially_valid");
        JsonNode options = constraint.json().path("options");
        JsonNode start = options.path(0).path("DefElem");
        if (options.size() != 1 || !start.path("defname").asText().equals("start")) {
            throw command.refuse(
                    "it must say where it begins, and no more: (START WITH …), above all values that are there");
        }
        JsonNode value = start.path("arg");
        long first = value.has("Float")
                ? Long.parseLong(value.path("Float").path("fval").asText())
                : value.path("Integer").path("ival").longValue();
        return new AddIdentitySpec(
                table,
                command.name("name"),
                constraint.text("generated_when").equals("a")
                        ? AddIdentitySpec.Generated.ALWAYS
                        : AddIdentitySpec.Generated.BY_DEFAULT,
                first);
    }

    /** {@code SET STATISTICS}. */
    static OperationSpec statistics(String table, Node command) throws InconvertibleException {
        JsonNode target = command.json().path("def").path("Integer");
        if (!command.json().has("name") || target.isMissingNode()) {
            throw command.refuse("it is no operation of a SchemaChange");
        }
        // The parser leaves a 0 out.
        return new SetStatisticsSpec(
                table, command.name("name"), target.path("ival").intValue());
    }

    /** {@code SET STORAGE}. */
    static OperationSpec storage(String table, Node command) throws InconvertibleException {
        return new SetStorageSpec(
                table,
                command.name("name"),
                switch (command.json()
                        .path("def")
                        .path("String")
                        .path("sval")
                        .asText()
                        .toUpperCase(Locale.ROOT)) {
                    case "PLAIN" -> SetStorageSpec.Storage.PLAIN;
                    case "EXTERNAL" -> SetStorageSpec.Storage.EXTERNAL;
                    case "EXTENDED" -> SetStorageSpec.Storage.EXTENDED;
                    case "MAIN" -> SetStorageSpec.Storage.MAIN;
                    default -> throw command.refuse("its storage is not known");
                });
    }

    private static List<Token> behind(List<Token> tokens, String word) {
        return Pieces.after(tokens, word).orElse(List.of());
    }

    private static @Nullable String collation(Node column) throws InconvertibleException {
        if (!column.json().has("collClause")) {
            return null;
        }
        Node clause = column.child("collClause");
        clause.allow("collname");
        return clause.qualifiedName("collname");
    }

    /** The type that the tokens begin with, as its author wrote it. */
    private static String type(PgParser parser, Node column, List<Token> tokens) throws InconvertibleException {
        return Expression.longestType(parser, column, tokens, column.json().path("typeName"));
    }
}
