package dev.phaselock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.change.Window;
import dev.phaselock.run.RequestedChanges;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Reads SchemaChanges from a file and judges them by the schema of the custom resource definition, as the API server
 * would; an unknown field is refused too, as {@code kubectl apply} does.
 */
final class Manifests {
    /** The largest file that is read, bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final String CRD = "/META-INF/phaselock/schemachanges.phaselock.dev-v1.yml";
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Manifests() {}

    /** One SchemaChange of a file. */
    record Manifest(String namespace, String name, SchemaChangeSpec spec) {
        String qualifiedName() {
            return namespace + "/" + name;
        }
    }

    /** The file is not what it must be; the message says where and what. */
    static final class InvalidManifestException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidManifestException(String message) {
            super(message);
        }
    }

    /**
     * @param file a path, or {@code -} for standard input
     * @param skipped is told of documents that are not SchemaChanges
     */
    static List<Manifest> read(String file, Consumer<String> skipped) throws InvalidManifestException {
        byte[] bytes = bytes(file);
        List<JsonNode> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> iterator = YAML.readerFor(JsonNode.class).readValues(bytes)) {
            iterator.forEachRemaining(documents::add);
        } catch (IOException | RuntimeException e) {
            throw new InvalidManifestException(file + " is not YAML: " + firstLine(e.getMessage()));
        }
        JsonSchema schema = schema();
        List<Manifest> manifests = new ArrayList<>();
        for (JsonNode document : documents) {
            if (document.isNull() || document.isMissingNode()) {
                continue;
            }
            String kind = document.path("kind").asText("");
            String apiVersion = document.path("apiVersion").asText("");
            if (!kind.equals(SchemaChange.KIND) || !apiVersion.startsWith(SchemaChange.GROUP + "/")) {
                skipped.accept("skips " + (kind.isEmpty() ? "a document without a kind" : "a " + kind) + " in " + file);
                continue;
            }
            if (!apiVersion.equals(SchemaChange.GROUP + "/" + SchemaChange.VERSION)) {
                throw new InvalidManifestException(file + ": apiVersion " + apiVersion + " is not known, only "
                        + SchemaChange.GROUP + "/" + SchemaChange.VERSION);
            }
            manifests.add(manifest(file, document, schema));
        }
        if (manifests.isEmpty()) {
            throw new InvalidManifestException("there is no SchemaChange in " + file);
        }
        return manifests;
    }

    private static Manifest manifest(String file, JsonNode document, JsonSchema schema)
            throws InvalidManifestException {
        String name = document.path("metadata").path("name").asText("");
        if (name.isEmpty()) {
            throw new InvalidManifestException(file + ": metadata.name is missing");
        }
        List<String> problems = new ArrayList<>();
        for (ValidationMessage message : schema.validate(document)) {
            problems.add(problem(message));
        }
        SchemaChangeSpec spec = null;
        if (problems.isEmpty()) {
            try {
                spec = JSON.treeToValue(document.get("spec"), SchemaChangeSpec.class);
                if (spec.sqlFrom() != null) {
                    throw new InvalidChangeException(
                            "sqlFrom",
                            "only the operator reads ConfigMaps: give the text as sql, or by plan --sql FILE");
                }
                RequestedChanges.of(spec.changes(), spec.sql());
                if (spec.locksOrDefault().window() != null) {
                    Window.of(spec.locksOrDefault().window());
                }
            } catch (JsonProcessingException e) {
                problems.add("spec: " + firstLine(e.getOriginalMessage()));
            } catch (InvalidChangeException e) {
                // An expression is refused when it is planned, as in a cluster.
                if (!e.inExpression()) {
                    problems.add("spec." + e.getMessage());
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidManifestException(file + ": SchemaChange " + name + " is invalid: "
                    + problems.stream().distinct().sorted().collect(Collectors.joining("; ")));
        }
        return new Manifest(document.path("metadata").path("namespace").asText("default"), name, spec);
    }

    private static String problem(ValidationMessage message) {
        String path = message.getInstanceLocation().toString().replaceFirst("^\\$\\.?", "");
        String text = message.getMessage().replaceFirst("^\\$[^:]*: ", "");
        return path.isEmpty() ? text : path + ": " + text;
    }

    private static byte[] bytes(String file) throws InvalidManifestException {
        try (InputStream input = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
            byte[] bytes = input.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new InvalidManifestException(
                        file + " is larger than " + (MAX_BYTES >> 20) + " MiB, the most that is read");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidManifestException(
                    file + " cannot be read: " + e.getClass().getSimpleName() + " " + firstLine(e.getMessage()));
        }
    }

    private static JsonSchema schema() {
        try (InputStream crd = Manifests.class.getResourceAsStream(CRD)) {
            JsonNode schema = YAML.readTree(crd)
                    .path("spec")
                    .path("versions")
                    .get(0)
                    .path("schema")
                    .path("openAPIV3Schema");
            ObjectNode manifest = JSON.createObjectNode();
            manifest.put("type", "object");
            manifest.putArray("required").add("spec");
            manifest.putObject("properties")
                    .set("spec", strict(schema.path("properties").path("spec")));
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(manifest);
        } catch (IOException e) {
            throw new IllegalStateException("the custom resource definition is not in the program", e);
        }
    }

    /** The schema, with a word against unknown fields at each object; Kubernetes' own extensions are left out. */
    private static JsonNode strict(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            if (object.path("properties").isObject() && !object.has("additionalProperties")) {
                object.put("additionalProperties", false);
            }
            object.remove(List.of("x-kubernetes-validations", "x-kubernetes-int-or-string", "default", "description"));
            object.forEach(Manifests::strict);
        } else {
            schema.forEach(Manifests::strict);
        }
        return schema;
    }

    private static String firstLine(String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }
}
