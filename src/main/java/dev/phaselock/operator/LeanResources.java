package dev.phaselock.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;

/**
 * Leaves out of the resources that are read what nobody here looks at and what is most of them in memory: who manages which
 * field, and what the pods of a Job are made of. With 500 changes at work, their Jobs and pods filled a heap of 128 MB. So no
 * resource may be read, changed and written as a whole: patches name what they change.
 *
 * <p>What is written has no {@code managedFields} either, which the API server takes as "as it was" (Kubernetes
 * documentation, "Server-Side Apply", on clearing managedFields).
 */
@Singleton
public final class LeanResources implements KubernetesClientObjectMapperCustomizer {
    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ObjectMeta.class, OfAnything.class);
        mapper.addMixIn(Pod.class, OfAPod.class);
        mapper.addMixIn(JobSpec.class, OfAJob.class);
    }

    @JsonIgnoreProperties("managedFields")
    private interface OfAnything {}

    @JsonIgnoreProperties(value = "spec", allowGetters = true)
    private interface OfAPod {}

    @JsonIgnoreProperties(value = "template", allowGetters = true)
    private interface OfAJob {}
}
