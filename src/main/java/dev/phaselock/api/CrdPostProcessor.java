package dev.phaselock.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.Comparator;
import java.util.List;

/**
 * What the annotations of the Java types cannot say about the resource definition. The build runs it; nothing that runs
 * does.
 */
public final class CrdPostProcessor implements CRDPostProcessor {
    /** As {@code kubectl get} shows them; the later ones with {@code -o wide} only. */
    private static final List<String> COLUMNS = List.of(
            "Target", "Change", "Ready", "Step", "Tries", "Age", "Reason", "Progress", "Waited", "Delayed", "Message");

    @Override
    public HasMetadata process(HasMetadata resource, String crdSpecVersion) {
        var definition = (CustomResourceDefinition) resource;
        definition.getSpec().getNames().setCategories(List.of("phaselock"));
        for (CustomResourceDefinitionVersion version : definition.getSpec().getVersions()) {
            version.getAdditionalPrinterColumns()
                    .sort(Comparator.comparing(
                            (CustomResourceColumnDefinition column) -> COLUMNS.indexOf(column.getName())));
            JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
            root.setDescription("A change of a PostgreSQL schema that is carried out without making writers wait.");
            root.getProperties().get("spec").setDescription("What a person wants changed, where, and how patiently.");
            status(root.getProperties().get("status"));
        }
        return definition;
    }

    private static void status(JSONSchemaProps status) {
        status.setDescription(
                "Where the change stands. Conditions are the interface; step and all messages are for people.");
        // So that a resource that no operator has looked at yet is never taken for a finished one (kstatus, Argo CD).
        status.setDefault(JsonNodeFactory.instance.objectNode().put("observedGeneration", -1));
        JSONSchemaProps conditions = status.getProperties().get("conditions");
        conditions.setXKubernetesListType("map");
        conditions.setXKubernetesListMapKeys(List.of("type"));
        JSONSchemaProps condition = conditions.getItems().getSchema();
        condition.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
        condition.getProperties().get("lastTransitionTime").setFormat("date-time");
        describe(condition, "type", "Ready, Reconciling, Stalled, Accepted, Approved, Applied or Validated.");
        describe(condition, "status", "True, False or Unknown.");
        describe(condition, "reason", "Why, from the closed list of docs/reasons.md.");
        describe(condition, "message", "One sentence, and what to do next.");
        describe(condition, "observedGeneration", "The generation of the spec that the condition speaks of.");
        describe(condition, "lastTransitionTime", "When the condition's status changed last.");
    }

    private static void describe(JSONSchemaProps object, String property, String description) {
        object.getProperties().get(property).setDescription(description);
    }
}
