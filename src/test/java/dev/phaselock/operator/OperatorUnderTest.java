package dev.phaselock.operator;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.local.ControlPlane;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.Operator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The real reconciler in this JVM, with no more rights than deploy/operator/rbac.yaml gives. */
final class OperatorUnderTest implements AutoCloseable {
    static final String NAMESPACE = "phaselock-system";

    private final KubernetesClient client;
    private final Operator operator;

    private OperatorUnderTest(KubernetesClient client, Operator operator) {
        this.client = client;
        this.operator = operator;
    }

    static OperatorUnderTest start(ControlPlane controlPlane, KubernetesClient admin, int inAll, int perDatabase)
            throws IOException {
        Path kubeconfig = controlPlane.serviceAccountKubeconfig(admin, NAMESPACE, "phaselock");
        ObjectMapper mapper = new ObjectMapper();
        new LeanResources().customize(mapper);
        KubernetesClient client = new KubernetesClientBuilder()
                .withKubernetesSerialization(new KubernetesSerialization(mapper, true))
                .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
                .build();
        var operator = new Operator(service -> service.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .checkingCRDAndValidateLocalModel(false));
        operator.register(new SchemaChangeReconciler(
                client, new OperatorSettings("phaselock.test/runner:1", inAll, perDatabase, Duration.ofMinutes(10))));
        operator.start();
        return new OperatorUnderTest(client, operator);
    }

    @Override
    public void close() {
        operator.stop();
        client.close();
    }
}
