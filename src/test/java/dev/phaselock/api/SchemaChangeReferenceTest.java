package dev.phaselock.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class SchemaChangeReferenceTest {
    private static final Path CRD = Path.of("deploy", "crds", "schemachanges.phaselock.dev-v1.yml");
    private static final Path PAGE = Path.of("docs", "reference", "schemachange.md");
    private static final Path WANTED = Path.of("target", "schemachange.md");
    private static final String BEGIN = "<!-- The tables are made from deploy/crds; a test keeps them the same. -->\n";

    @Test
    void thePageHasEveryFieldAsTheResourceDefinitionHasIt() throws IOException {
        JsonNode schema = new YAMLMapper().readTree(CRD.toFile()).at("/spec/versions/0/schema/openAPIV3Schema");
        StringBuilder text = new StringBuilder();
        text.append("\n## spec\n| field | type | meaning |\n|---|---|---|\n");
        rows(schema.at("/properties/spec"), "", text);
        text.append("\n## status\n| field | type | meaning |\n|---|---|---|\n");
        rows(schema.at("/properties/status"), "", text);

        String page = Files.readString(PAGE);
        String wanted = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + text;
        Files.writeString(WANTED, wanted);

        assertThat(page).as("%s is what it should be", WANTED).isEqualTo(wanted);
    }

    private static void rows(JsonNode object, String prefix, StringBuilder text) {
        List<String> required = new ArrayList<>();
        object.path("required").forEach(name -> required.add(name.asText()));
        object.path("properties").properties().forEach(property -> {
            JsonNode field = property.getValue();
            boolean list = field.path("type").asText().equals("array");
            String name = prefix + property.getKey() + (list ? "[]" : "");
            text.append("| `").append(name).append("` | ").append(type(field));
            text.append(" | ")
                    .append(meaning(field, required.contains(property.getKey())))
                    .append(" |\n");
            if (!name.startsWith("job.")) {
                rows(list ? field.path("items") : field, name + ".", text);
            }
        });
    }

    private static String type(JsonNode field) {
        boolean list = field.path("type").asText().equals("array");
        JsonNode values = list ? field.path("items") : field;
        String type = values.path("type").asText("object");
        return (list ? "list of " : "") + (type.equals("array") ? "list" : type);
    }

    private static String meaning(JsonNode field, boolean required) {
        List<String> parts = new ArrayList<>();
        if (required) {
            parts.add("*Required.*");
        }
        if (field.has("description")) {
            parts.add(field.path("description")
                    .asText()
                    .strip()
                    .replaceAll("\\s+", " ")
                    .replace("|", "\\|"));
        }
        if (field.has("enum")) {
            parts.add("One of "
                    + String.join(
                            ", ",
                            StreamSupport.stream(field.path("enum").spliterator(), false)
                                    .map(value -> "`" + value.asText() + "`")
                                    .toList())
                    + ".");
        }
        if (field.has("default")) {
            parts.add("Default `" + field.path("default").asText() + "`.");
        }
        range(field, "minimum", "maximum", "", parts);
        range(field, "minItems", "maxItems", " elements", parts);
        range(field, "minLength", "maxLength", " characters", parts);
        return String.join(" ", parts);
    }

    private static void range(JsonNode field, String least, String most, String unit, List<String> parts) {
        if (field.has(most)) {
            parts.add((field.has(least) ? field.path(least).asLong() + " to " : "At most ")
                    + field.path(most).asLong() + unit + ".");
        }
    }
}
