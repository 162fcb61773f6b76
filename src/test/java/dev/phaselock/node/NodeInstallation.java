package dev.phaselock.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl;
import dev.phaselock.local.RealCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Phaselock as a platform team installs it, once for all tests of a JVM: the image's archive on a real node, the chart by
 * Helm into a namespace that admits only restricted pods, with two replicas.
 */
final class NodeInstallation {
    static final String NAMESPACE = "phaselock-system";

    static final Path IMAGE = Path.of("target", "phaselock-image.tar");
    private static final Path TOOLS = Path.of("cluster", "tools", "build");

    /** As often as a failed test runs. */
    private static final int ATTEMPTS = 2;

    private static @Nullable NodeInstallation only;
    private static final List<Throwable> failures = new ArrayList<>();

    private final RealCluster cluster;
    private final KubernetesClient client;
    private final ShopDatabase database;
    private final Set<String> passwords = ConcurrentHashMap.newKeySet();

    private NodeInstallation(RealCluster cluster, KubernetesClient client, ShopDatabase database) {
        this.cluster = cluster;
        this.client = client;
        this.database = database;
    }

    /** It, with the operator ready. */
    static synchronized NodeInstallation get() {
        if (only == null) {
            // Each test would wait for it anew.
            if (failures.size() < ATTEMPTS) {
                try {
                    only = start();
                    return only;
                } catch (Exception | AssertionError e) {
                    failures.add(e);
                }
            }
            throw new AssertionError(
                    "Phaselock could not be installed, tried " + failures.size() + " times, at last: "
                            + failures.getLast(),
                    failures.getLast());
        }
        return only;
    }

    RealCluster cluster() {
        return cluster;
    }

    /** The administrator's client, shared: do not close it. */
    KubernetesClient client() {
        return client;
    }

    ShopDatabase database() {
        return database;
    }

    /** One that is found nowhere by accident. */
    String newPassword() {
        String password = "pw" + HexFormat.of().formatHex(new SecureRandom().generateSeed(12));
        passwords.add(password);
        return password;
    }

    /** All of {@link #newPassword}. */
    Set<String> passwords() {
        return passwords;
    }

    /** What {@code kubectl} says; it has to succeed. */
    String kubectl(String... arguments) {
        Kubectl.Answer answer = Kubectl.run(cluster.kubeconfig(), "", arguments);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        return answer.text();
    }

    /** A new namespace with the strictest of the Pod Security Standards. */
    void restrictedNamespace(String name) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build())
                .create();
        // The controllers may have begun only now.
        await("the default service account of " + name)
                .atMost(60, SECONDS)
                .until(() -> client.serviceAccounts()
                                .inNamespace(name)
                                .withName("default")
                                .get()
                        != null);
    }

    /** The pod of the operator that works; the others wait for its end. */
    String leader() {
        return client.leases().inNamespace(NAMESPACE).list().getItems().stream()
                .map(lease -> lease.getSpec().getHolderIdentity())
                .filter(holder -> holder != null && holder.startsWith("phaselock"))
                .findFirst()
                .orElseThrow();
    }

    /** The image of the operator, and of the Jobs. */
    String image() {
        return operators().getFirst().getSpec().getContainers().getFirst().getImage();
    }

    /** What {@code kubectl auth can-i} answers. */
    boolean may(String verb, String resource, String user) {
        Kubectl.Answer answer = Kubectl.run(cluster.kubeconfig(), "", "auth", "can-i", verb, resource, user, "-A");
        return switch (answer.text().strip().lines().toList().getLast()) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new AssertionError(answer.text());
        };
    }

    /** The operator's pods. */
    List<Pod> operators() {
        return client.pods()
                .inNamespace(NAMESPACE)
                .withLabel("app.kubernetes.io/name", "phaselock")
                .list()
                .getItems();
    }

    private static NodeInstallation start() throws Exception {
        assertThat(IMAGE).as("made by ./phaselock image").exists();
        RealCluster cluster = TestNode.start();
        try {
            return start(cluster);
        } catch (Throwable e) {
            RealCluster.endProcesses(cluster.node().folder().getParent());
            throw e;
        }
    }

    private static NodeInstallation start(RealCluster cluster) throws Exception {
        cluster.node().importImage(IMAGE);
        KubernetesClient client = cluster.newClient();
        Path certificates = Files.createDirectory(cluster.node().folder().resolve("certificates"));
        NodeInstallation installation =
                new NodeInstallation(cluster, client, ShopDatabase.start(cluster.node(), certificates));
        Kubectl.Answer service =
                Kubectl.run(cluster.kubeconfig(), installation.database.service(cluster.node()), "apply", "-f", "-");
        assertThat(service.exitCode()).as(service.text()).isZero();
        installation.restrictedNamespace(NAMESPACE);
        installation.helm(
                "install",
                "phaselock",
                "helm/phaselock",
                "--namespace",
                NAMESPACE,
                "--set",
                "replicaCount=2",
                "--wait",
                "--timeout",
                "120s");
        return installation;
    }

    /** Runs Helm, which has to succeed. */
    private void helm(String... arguments) throws IOException, InterruptedException {
        String tools = said(List.of(TOOLS.toAbsolutePath().toString()));
        List<String> command = new ArrayList<>(List.of(
                Path.of(tools.strip(), "helm").toString(),
                "--kubeconfig",
                cluster.kubeconfig().toString()));
        command.addAll(List.of(arguments));
        said(command);
    }

    private String said(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text + operatorsText()).isZero();
        return text;
    }

    private String operatorsText() {
        return Kubectl.run(cluster.kubeconfig(), "", "-n", NAMESPACE, "describe", "pods")
                .text();
    }
}
