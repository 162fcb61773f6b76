package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CREATE INDEX, concurrently or not. */
final class IndexChange {
    private IndexChange() {}

    static CreateIndexSpec of(PgParser parser, Node index) throws InconvertibleException {
        index.allow(
                "idxname",
                "relation",
                "accessMethod",
                "indexParams",
                "indexIncludingParams",
                "options",
                "whereClause",
                "unique",
                "nulls_not_distinct",
                "concurrent",
                "if_not_exists");
        List<Token> all = index.statement().tokens();
        List<Token> list = Pieces.firstList(all).orElseThrow(() -> index.refuse("its columns cannot be found"));
        List<List<Token>> pieces = Pieces.split(list);
        JsonNode elements = index.json().path("indexParams");
        if (pieces.size() != elements.size()) {
            throw index.refuse("its columns cannot be told apart");
        }
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            columns.add(
                    column(parser, new Node(index.statement(), elements.path(i).path("IndexElem")), pieces.get(i)));
        }
        return new CreateIndexSpec(
                index.child("relation").table(),
                index.optionalName("idxname"),
                columns,
                included(index),
                index.text("accessMethod").equals("btree") ? null : index.optionalName("accessMethod"),
                index.flag("unique"),
                index.flag("nulls_not_distinct"),
                index.json().has("whereClause")
                        ? Expression.cut(
                                parser,
                                index,
                                Pieces.after(all, "WHERE").orElse(List.of()),
                                index.json().path("whereClause"))
                        : null,
                parameters(index));
    }

    private static Column column(PgParser parser, Node element, List<Token> tokens) throws InconvertibleException {
        element.allow("name", "expr", "collation", "opclass", "ordering", "nulls_ordering");
        String expression = null;
        if (element.json().has("expr")) {
            // Either in parentheses, or a call, whose end is its own.
            List<Token> own = Pieces.inside(tokens).orElse(Pieces.call(tokens));
            expression = Expression.cut(parser, element, own, element.json().path("expr"));
        }
        return new Column(
                element.optionalName("name"),
                expression,
                element.qualifiedName("collation"),
                element.qualifiedName("opclass"),
                switch (element.text("ordering")) {
                    case "SORTBY_ASC" -> CreateIndexSpec.Order.ASC;
                    case "SORTBY_DESC" -> CreateIndexSpec.Order.DESC;
                    default -> null;
                },
                switch (element.text("nulls_ordering")) {
                    case "SORTBY_NULLS_FIRST" -> CreateIndexSpec.Nulls.FIRST;
                    case "SORTBY_NULLS_LAST" -> CreateIndexSpec.Nulls.LAST;
                    default -> null;
                });
    }

    private static @Nullable List<String> included(Node index) throws InconvertibleException {
        if (!index.json().has("indexIncludingParams")) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (JsonNode each : index.json().path("indexIncludingParams")) {
            Node element = new Node(index.statement(), each.path("IndexElem"));
            element.allow("name", "ordering", "nulls_ordering");
            names.add(element.name("name"));
        }
        return names;
    }

    private static @Nullable List<CreateIndexSpec.Parameter> parameters(Node index) throws InconvertibleException {
        if (!index.json().has("options")) {
            return null;
        }
        List<CreateIndexSpec.Parameter> parameters = new ArrayList<>();
        for (JsonNode each : index.json().path("options")) {
            Node option = new Node(index.statement(), each.path("DefElem"));
            option.allow("defname", "arg", "defaction");
            String text = value(option.json().path("arg"));
            if (text.isEmpty()) {
                throw index.refuse("the value of " + option.text("defname") + " is not understood");
            }
            parameters.add(new CreateIndexSpec.Parameter(option.name("defname"), text));
        }
        return parameters;
    }

    /** As it is written; empty when it is nothing that a storage parameter can be. */
    static String value(JsonNode argument) {
        var field = argument.properties().stream().findFirst().orElse(null);
        return switch (field == null ? "" : field.getKey()) {
            case "Integer" -> String.valueOf(field.getValue().path("ival").intValue());
            case "Float" -> field.getValue().path("fval").asText();
            case "String" -> field.getValue().path("sval").asText();
            // A word that is no reserved one could be a type: off.
            case "TypeName" ->
                field.getValue().path("names").size() == 1
                                && !field.getValue().has("typmods")
                                && !field.getValue().has("arrayBounds")
                        ? field.getValue()
                                .path("names")
                                .path(0)
                                .path("String")
                                .path("sval")
                                .asText()
                        : "";
            default -> "";
        };
    }
}
