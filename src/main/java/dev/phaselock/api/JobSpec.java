package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;

/** What people may say about the Jobs and their pods. */
public record JobSpec(
        @JsonPropertyDescription(
                "The container's resources. 100m of CPU and 128Mi of memory are requested when left out.")
        ResourceRequirements resources,

        @JsonPropertyDescription("The nodes that the pods may run on.")
        Map<String, String> nodeSelector,

        @Size(max = 50) @JsonPropertyDescription("The taints that the pods tolerate.")
        List<Toleration> tolerations,

        @JsonPropertyDescription("Where the pods are scheduled.")
        Affinity affinity,

        @Size(max = 253)
        @JsonPropertyDescription(
                "The service account of the pods; they get no token of it. The namespace's default when left out.")
        String serviceAccountName,

        @Size(max = 10) @JsonPropertyDescription("The Secrets with which the image is pulled.")
        List<LocalObjectReference> imagePullSecrets,

        @JsonPropertyDescription("Labels for the Jobs and pods, for instance for a queue or a network policy.")
        Map<String, String> labels,

        @JsonPropertyDescription("Annotations for the Jobs and pods.")
        Map<String, String> annotations,

        @Size(max = 253) @JsonPropertyDescription("The priority class of the pods.")
        String priorityClassName) {}
