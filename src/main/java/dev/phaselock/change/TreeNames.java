package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.stream.StreamSupport;

/** Names of objects, as PostgreSQL's parse tree has them: each kind of object in another way. */
final class TreeNames {
    private TreeNames() {}

    static QualifiedName relation(JsonNode relation) {
        if (relation.has("catalogname")) {
            throw new RefusedStatementException("a name of it has too many parts");
        }
        return new QualifiedName(
                relation.has("schemaname")
                        ? new Identifier(relation.path("schemaname").asText())
                        : null,
                new Identifier(relation.path("relname").asText()));
    }

    /** Of an object in the tree, however it is named there. */
    static QualifiedName named(JsonNode object) {
        if (object.has("RangeVar")) {
            return relation(object.path("RangeVar"));
        }
        if (object.has("ObjectWithArgs")) {
            return name(object.path("ObjectWithArgs").path("objname"));
        }
        if (object.has("objname")) {
            return name(object.path("objname"));
        }
        if (object.has("TypeName")) {
            return name(object.path("TypeName").path("names"));
        }
        List<String> parts = object.has("String")
                ? List.of(object.path("String").path("sval").asText())
                : texts(object.path("List").path("items"));
        // A column's or a policy's comment: for people.
        return name(parts.size() > 2 ? parts.subList(parts.size() - 2, parts.size()) : parts, object);
    }

    static QualifiedName name(JsonNode parts) {
        return name(texts(parts));
    }

    static QualifiedName name(List<String> parts, JsonNode object) {
        return parts.isEmpty()
                ? new QualifiedName(null, new Identifier(object.findPath("sval").asText("object")))
                : name(parts);
    }

    static QualifiedName name(List<String> parts) {
        return switch (parts.size()) {
            case 1 -> new QualifiedName(null, new Identifier(parts.getFirst()));
            case 2 -> QualifiedName.of(parts.getFirst(), parts.getLast());
            default -> throw new RefusedStatementException("a name of it has too many parts");
        };
    }

    static List<String> texts(JsonNode parts) {
        return StreamSupport.stream(parts.spliterator(), false)
                .filter(part -> part.has("String"))
                .map(part -> part.path("String").path("sval").asText())
                .toList();
    }
}
