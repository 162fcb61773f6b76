package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Secrets and ConfigMaps of a pod's namespace, as a node's credentials show them. */
final class PodObjects {
    private final KubernetesClient client;
    private final String namespace;

    PodObjects(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /**
     * The keys and values of a Secret; empty when there is none.
     *
     * @throws PodNotReadyException when the API server does not say
     */
    Optional<Map<String, byte[]>> secret(String name) throws PodNotReadyException {
        Secret secret =
                ask(() -> client.secrets().inNamespace(namespace).withName(name).get());
        return Optional.ofNullable(secret).map(found -> decode(found.getData()));
    }

    /** The same of a ConfigMap. */
    Optional<Map<String, byte[]>> configMap(String name) throws PodNotReadyException {
        ConfigMap map = ask(
                () -> client.configMaps().inNamespace(namespace).withName(name).get());
        return Optional.ofNullable(map).map(found -> {
            Map<String, byte[]> values = decode(found.getBinaryData());
            if (found.getData() != null) {
                found.getData().forEach((key, value) -> values.put(key, value.getBytes(StandardCharsets.UTF_8)));
            }
            return values;
        });
    }

    private static Map<String, byte[]> decode(@Nullable Map<String, String> data) {
        Map<String, byte[]> values = new TreeMap<>();
        if (data != null) {
            data.forEach((key, value) -> values.put(key, Base64.getDecoder().decode(value)));
        }
        return values;
    }

    private static <T> @Nullable T ask(Supplier<@Nullable T> question) throws PodNotReadyException {
        try {
            return question.get();
        } catch (KubernetesClientException e) {
            // 403 until the Node authorizer has seen that the pod is bound to this node.
            throw new PodNotReadyException("ContainerCreating", "The API server answered " + e.getCode());
        }
    }
}
