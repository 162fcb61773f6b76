package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Map;

/**
 * Binds pods that no node has to this one, as a scheduler would whose only node it is. Pods whose node selector does not
 * fit stay Pending, and so do those with scheduling gates; taints, affinity and resources count for nothing.
 */
final class PodBinder implements AutoCloseable {
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final KubernetesClient client;
    private final String node;
    private final Map<String, String> labels;
    private final SharedIndexInformer<Pod> unbound;

    /** @param client with the scheduler's credentials */
    PodBinder(KubernetesClient client, String node, Map<String, String> labels) {
        this.client = client;
        this.node = node;
        this.labels = labels;
        this.unbound = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", "")
                .runnableInformer(0)
                .addEventHandler(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Pod pod) {
                        consider(pod);
                    }

                    @Override
                    public void onUpdate(Pod before, Pod pod) {
                        consider(pod);
                    }

                    @Override
                    public void onDelete(Pod pod, boolean unknown) {
                        // Bound, or gone.
                    }
                });
        unbound.run();
    }

    @Override
    public void close() {
        unbound.stop();
    }

    private void consider(Pod pod) {
        Map<String, String> selector = pod.getSpec().getNodeSelector();
        boolean fits = pod.getMetadata().getDeletionTimestamp() == null
                && pod.getSpec().getSchedulingGates().isEmpty()
                && (selector == null || labels.entrySet().containsAll(selector.entrySet()));
        if (fits) {
            Thread.startVirtualThread(() -> bind(pod));
        }
    }

    private void bind(Pod pod) {
        String namespace = pod.getMetadata().getNamespace();
        String name = pod.getMetadata().getName();
        var binding = new BindingBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .withUid(pod.getMetadata().getUid())
                .endMetadata()
                .withNewTarget()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(node)
                .endTarget()
                .build();
        while (unbound.isRunning()) {
            try {
                client.bindings().inNamespace(namespace).resource(binding).create();
                return;
            } catch (KubernetesClientException e) {
                // Gone, or another node was first.
                if (e.getCode() == 404 || e.getCode() == 409) {
                    return;
                }
            }
            try {
                Thread.sleep(AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
