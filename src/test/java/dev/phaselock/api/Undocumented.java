package dev.phaselock.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Finds the fields of a schema that say nothing to {@code kubectl explain}. Kubernetes' own types are not ours to tell. */
final class Undocumented {
    private static final List<String> KUBERNETES = List.of(".spec.job.affinity", ".spec.job.resources");

    private Undocumented() {}

    static List<String> in(JsonNode schema) {
        List<String> found = new ArrayList<>();
        collect(schema, "", found);
        return found;
    }

    private static void collect(JsonNode schema, String path, List<String> found) {
        if (!path.isEmpty() && !schema.hasNonNull("description")) {
            found.add(path);
        }
        if (KUBERNETES.contains(path)) {
            return;
        }
        schema.path("properties")
                .properties()
                .forEach(entry -> collect(entry.getValue(), path + "." + entry.getKey(), found));
        schema.path("items").path("properties").properties().forEach(entry -> {
            if (!path.equals(".spec.job.tolerations") && !path.equals(".spec.job.imagePullSecrets")) {
                collect(entry.getValue(), path + "[]." + entry.getKey(), found);
            }
        });
    }
}
