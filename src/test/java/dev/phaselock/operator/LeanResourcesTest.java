package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class LeanResourcesTest {
    private final KubernetesSerialization serialization = serialization();

    private static KubernetesSerialization serialization() {
        ObjectMapper mapper = new ObjectMapper();
        new LeanResources().customize(mapper);
        return new KubernetesSerialization(mapper, true);
    }

    @Test
    void aPodIsReadWithoutItsSpecAndManagersAndKeepsAllElse() {
        Pod pod = serialization.unmarshal("""
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "resourceVersion": "7", "labels": {"b": "c"},
                  "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}], "unheard": "of"},
                  "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}
                """, Pod.class);

        assertThat(pod.getMetadata().getManagedFields()).isEmpty();
        assertThat(pod.getMetadata().getName()).isEqualTo("a");
        assertThat(pod.getMetadata().getLabels()).containsEntry("b", "c");
        assertThat(pod.getSpec()).isNull();
        assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
        assertThat(serialization.asJson(pod))
                .contains("\"resourceVersion\":\"7\"", "\"unheard\":\"of\"")
                .doesNotContain("managedFields", "kubelet");
    }

    @Test
    void aJobIsReadWithoutItsTemplateAndWrittenWithIt() {
        String text = serialization.asJson(new JobBuilder()
                .withNewSpec()
                .withSuspend(true)
                .withNewTemplate()
                .withNewSpec()
                .withNodeName("n")
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
        assertThat(text).contains("\"nodeName\":\"n\"");

        Job job = serialization.unmarshal(text, Job.class);
        assertThat(job.getSpec().getTemplate()).isNull();
        assertThat(job.getSpec().getSuspend()).isTrue();
        assertThat(serialization.asJson(job)).doesNotContain("nodeName");
    }
}
