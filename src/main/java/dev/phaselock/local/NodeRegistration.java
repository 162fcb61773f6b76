package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;

/** The Node object and its heartbeat: a Lease in {@code kube-node-lease} that is renewed every ten seconds. */
final class NodeRegistration implements AutoCloseable {
    private static final String LEASES = "kube-node-lease";
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration FIRST = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final String name;
    private final Thread heartbeat;

    private NodeRegistration(KubernetesClient client, String name) {
        this.client = client;
        this.name = name;
        this.heartbeat = Thread.ofVirtual().name("heartbeat-" + name).unstarted(this::beat);
    }

    /**
     * Makes the Node, or takes over the one of that name, and begins its heartbeat.
     *
     * @param logPort where the node serves the logs of its pods
     */
    static NodeRegistration register(KubernetesClient client, String name, int logPort) {
        Node wanted = node(name, logPort);
        if (client.nodes().withName(name).get() == null) {
            client.resource(wanted).create();
        }
        client.nodes().withName(name).editStatus(node -> {
            node.setStatus(wanted.getStatus());
            return node;
        });
        NodeRegistration registration = new NodeRegistration(client, name);
        registration.heartbeat.start();
        return registration;
    }

    /** What pods can select the node by. */
    static Map<String, String> labels(String name) {
        return Map.of("kubernetes.io/hostname", name, "kubernetes.io/os", "linux", "phaselock.dev/stand-in", "true");
    }

    @Override
    public void close() {
        heartbeat.interrupt();
    }

    private static Node node(String name, int logPort) {
        Map<String, Quantity> resources =
                Map.of("cpu", new Quantity("64"), "memory", new Quantity("256Gi"), "pods", new Quantity("1000"));
        String now = Instant.now().toString();
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels(name))
                .endMetadata()
                .withNewStatus()
                .withCapacity(resources)
                .withAllocatable(resources)
                .addNewAddress()
                .withType("InternalIP")
                .withAddress("127.0.0.1")
                .endAddress()
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint(logPort)
                .endDaemonEndpoints()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withReason("StandIn")
                .withMessage("A process of Phaselock stands in for a node")
                .withLastHeartbeatTime(now)
                .withLastTransitionTime(now)
                .endCondition()
                .endStatus()
                .build();
    }

    private void beat() {
        Duration pause = HEARTBEAT;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                renew();
                pause = HEARTBEAT;
            } catch (KubernetesClientException _) {
                // Also in the first moments of a cluster, which makes that namespace by itself.
                pause = pause.equals(HEARTBEAT) ? Duration.ofMillis(200) : min(pause.multipliedBy(2), FIRST);
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void renew() {
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        var lease = client.leases().inNamespace(LEASES).withName(name);
        Lease held = lease.get();
        if (held == null) {
            client.resource(new LeaseBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .withNamespace(LEASES)
                            .endMetadata()
                            .withNewSpec()
                            .withHolderIdentity(name)
                            .withLeaseDurationSeconds(40)
                            .withRenewTime(now)
                            .endSpec()
                            .build())
                    .create();
        } else {
            held.getSpec().setRenewTime(now);
            client.resource(held).update();
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
