package dev.phaselock.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The chart's files among each other and with the rest of the checkout. */
class ChartFilesTest {
    private static final String CRD = "schemachanges.phaselock.dev-v1.yml";

    @Test
    void theChartsResourceDefinitionIsTheGeneratedOne() throws IOException {
        Path generated = Path.of("deploy", "crds", CRD);
        Path copy = Helm.CHART.resolve("files").resolve(CRD);
        assertThat(copy).as("cp " + generated + " " + copy).hasSameTextualContentAs(generated);
    }

    @Test
    void theChartsImageIsOfThisVersion() throws IOException {
        try (var version = ChartFilesTest.class.getResourceAsStream("/META-INF/phaselock/version")) {
            assertThat(yaml("Chart.yaml").get("appVersion").asText())
                    .isEqualTo(new String(version.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void everyValueHasASchemaAndEverySchemaAValue() throws IOException {
        Set<String> described = new TreeSet<>();
        collectSchema(schema(), "", described);
        assertThat(described).isEqualTo(values());
    }

    @Test
    void everyValueIsDescribed() throws IOException {
        assertDescribed(schema(), "");
    }

    /** The paths of all values; a list and an empty map are a value each. */
    static Set<String> values() throws IOException {
        Set<String> paths = new TreeSet<>();
        collectValues(yaml("values.yaml"), "", paths);
        return paths;
    }

    private static void collectValues(JsonNode node, String path, Set<String> paths) {
        if (!node.isObject() || node.isEmpty() || path.equals("resources")) {
            paths.add(path);
            return;
        }
        node.properties().forEach(field -> collectValues(field.getValue(), under(path, field.getKey()), paths));
    }

    private static void collectSchema(JsonNode schema, String path, Set<String> paths) {
        if (!schema.has("properties")) {
            // Helm's own: a chart need not have it.
            if (!path.equals("global")) {
                paths.add(path);
            }
            return;
        }
        schema.get("properties")
                .properties()
                .forEach(field -> collectSchema(field.getValue(), under(path, field.getKey()), paths));
    }

    private static void assertDescribed(JsonNode schema, String path) {
        for (var field : schema.path("properties").properties()) {
            String name = under(path, field.getKey());
            assertThat(field.getValue().path("description").asText())
                    .as(name)
                    .hasSizeGreaterThan(10)
                    .endsWith(".");
            assertDescribed(field.getValue(), name);
        }
    }

    private static String under(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static JsonNode schema() throws IOException {
        return new ObjectMapper().readTree(Files.readString(Helm.CHART.resolve("values.schema.json")));
    }

    private static JsonNode yaml(String file) throws IOException {
        return new YAMLMapper().readTree(Files.readString(Helm.CHART.resolve(file)));
    }
}
