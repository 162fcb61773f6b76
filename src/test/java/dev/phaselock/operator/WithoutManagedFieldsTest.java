package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class WithoutManagedFieldsTest {
    @Test
    void aResourceIsReadWithoutThemAndKeepsAllElse() {
        ObjectMapper mapper = new ObjectMapper();
        new WithoutManagedFields().customize(mapper);
        KubernetesSerialization serialization = new KubernetesSerialization(mapper, true);

        Pod pod = serialization.unmarshal("""
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "resourceVersion": "7", "labels": {"b": "c"},
                  "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}], "unheard": "of"}}
                """, Pod.class);

        assertThat(pod.getMetadata().getManagedFields()).isEmpty();
        assertThat(pod.getMetadata().getName()).isEqualTo("a");
        assertThat(pod.getMetadata().getLabels()).containsEntry("b", "c");
        assertThat(serialization.asJson(pod))
                .contains("\"resourceVersion\":\"7\"", "\"unheard\":\"of\"")
                .doesNotContain("managedFields", "kubelet");
    }
}
