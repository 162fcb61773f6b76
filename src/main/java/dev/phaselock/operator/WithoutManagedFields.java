package dev.phaselock.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;

/**
 * Leaves {@code metadata.managedFields} out of what is read. Nobody here asks who wrote which field, and it is most of a
 * resource in memory: a map for each field. With 500 changes at work, their Jobs and pods, it filled a heap of 128 MB. What
 * is written does not have it either, which the API server takes as "as it was" (Kubernetes documentation, "Server-Side
 * Apply", on clearing managedFields).
 */
@Singleton
public final class WithoutManagedFields implements KubernetesClientObjectMapperCustomizer {
    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ObjectMeta.class, Ignoring.class);
    }

    @JsonIgnoreProperties("managedFields")
    private interface Ignoring {}
}
