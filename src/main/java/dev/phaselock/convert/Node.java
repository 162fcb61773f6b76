package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A node of a statement's tree. */
record Node(SqlStatement statement, JsonNode json) {
    /** Nothing but these attributes, and where it stands: another may mean anything. */
    void allow(String... attributes) throws InconvertibleException {
        Set<String> allowed = Set.of(attributes);
        for (var field : json.properties()) {
            if (!allowed.contains(field.getKey()) && !field.getKey().equals("location")) {
                throw refuse("the attribute " + field.getKey() + " of it is not understood");
            }
        }
    }

    Node child(String field) {
        return new Node(statement, json.path(field));
    }

    boolean is(String field) {
        return json.path(field).booleanValue();
    }

    /** Null unless it is so: what is left out of a manifest. */
    @Nullable
    Boolean flag(String field) {
        return is(field) ? true : null;
    }

    String text(String field) {
        return json.path(field).asText("");
    }

    /** An identifier, quoted where it has to be. */
    String name(String field) {
        return new Identifier(text(field)).toString();
    }

    @Nullable
    String optionalName(String field) {
        return json.has(field) ? name(field) : null;
    }

    /** A list of names; null when there is none. */
    @Nullable
    List<String> names(String field) {
        if (!json.has(field)) {
            return null;
        }
        List<String> names = new ArrayList<>();
        json.path(field)
                .forEach(each -> names.add(
                        new Identifier(each.path("String").path("sval").asText()).toString()));
        return names;
    }

    /** A name that may have a schema. */
    @Nullable
    String qualifiedName(String field) throws InconvertibleException {
        JsonNode parts = json.path(field);
        return switch (parts.size()) {
            case 0 -> null;
            case 1 -> names(field).getFirst();
            case 2 ->
                QualifiedName.of(
                                parts.path(0).path("String").path("sval").asText(),
                                parts.path(1).path("String").path("sval").asText())
                        .toString();
            default -> throw refuse("a name of it has too many parts");
        };
    }

    /** This node, a table's name. ONLY is refused: of a partitioned table it would mean something else. */
    String table() throws InconvertibleException {
        allow("schemaname", "relname", "inh", "relpersistence");
        if (!is("inh")) {
            throw refuse("ONLY is not understood");
        }
        return json.has("schemaname")
                ? QualifiedName.of(text("schemaname"), text("relname")).toString()
                : name("relname");
    }

    InconvertibleException refuse(String why) {
        return new InconvertibleException(statement.position(), statement.firstLine() + ": " + why);
    }
}
