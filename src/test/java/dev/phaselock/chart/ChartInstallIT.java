package dev.phaselock.chart;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl;
import dev.phaselock.local.LocalCluster;
import dev.phaselock.local.TestCluster;
import dev.phaselock.local.TestOperator;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart on a real API server, in a namespace that admits only restricted pods and warns of all others. */
class ChartInstallIT {
    private static final String CHANGE = """
            apiVersion: phaselock.dev/v1alpha1
            kind: SchemaChange
            metadata: {name: orders, namespace: %s}
            spec:
              database: {secretRef: {name: shop-db-app}}
              changes:
                - addCheck: {table: orders, expression: total >= 0}
            """;

    /** All that has a switch or a list, at once. */
    private static final String[] EVERYTHING = {
        "--set", "watchNamespaces={shop,blog}",
        "--set", "networkPolicy.jobs.namespaces={pay}",
        "--set", "networkPolicy.jobs.to[0].ipBlock.cidr=10.0.0.0/8",
        "--set", "networkPolicy.apiServer.to[0].ipBlock.cidr=10.96.0.0/16",
        "--set", "imagePullSecrets[0].name=pull",
        "--set", "podDisruptionBudget.maxUnavailable=50%",
        "--set", "podAnnotations.a=b",
        "--set", "podLabels.a=b",
        "--set", "nodeSelector.disk=ssd",
        "--set", "tolerations[0].operator=Exists",
        "--set", "priorityClassName=system-cluster-critical",
        "--set", "extraEnv[0].name=TZ,extraEnv[0].value=UTC",
        "--set", "serviceAccount.annotations.a=b"
    };

    private static LocalCluster cluster;
    private static KubernetesClient client;

    @TempDir
    private Path temporary;

    @BeforeAll
    static void start() throws IOException {
        cluster = TestCluster.startOwn(List.of("false"));
        client = cluster.newClient();
        for (String namespace : List.of(Helm.NAMESPACE, "shop", "blog", "pay")) {
            assertThat(kubectl("", "create", "namespace", namespace).exitCode()).isZero();
        }
        Kubectl.Answer labelled = kubectl(
                "",
                "label",
                "namespace",
                Helm.NAMESPACE,
                "pod-security.kubernetes.io/enforce=restricted",
                "pod-security.kubernetes.io/warn=restricted");
        assertThat(labelled.exitCode()).as(labelled.text()).isZero();
    }

    @BeforeEach
    void uninstalled() {
        helm("uninstall", "phaselock", "--namespace", Helm.NAMESPACE, "--ignore-not-found", "--wait");
        kubectl("", "delete", "schg", "--all", "-A", "--wait=false");
        kubectl("", "delete", "crd", "--all", "--wait");
    }

    @Test
    void anApiServerTakesAllOfItWithoutAWarning() {
        taken(Helm.template());
        taken(Helm.template(EVERYTHING));
    }

    @Test
    void aNamespaceForRestrictedPodsAdmitsTheOperator() {
        for (String[] values : List.of(new String[0], EVERYTHING)) {
            GenericKubernetesResource deployment = object(Helm.template(values), "Deployment");
            Map<String, Object> pod = Map.of(
                    "apiVersion",
                    "v1",
                    "kind",
                    "Pod",
                    "metadata",
                    Map.of("name", "operator", "namespace", Helm.NAMESPACE),
                    "spec",
                    podSpec(deployment));
            taken(Serialization.asYaml(pod).replaceAll("(?m)^ *serviceAccountName:.*\\n", ""));
        }
    }

    @Test
    void anUpgradeBringsTheNewDefinition() throws IOException {
        install();
        Path next = copyOfTheChart();
        Path definition = next.resolve("files/schemachanges.phaselock.dev-v1.yml");
        String text = Files.readString(definition);
        Files.writeString(definition, text.replaceFirst("- \"schg\"", "- \"schg\"\n    - \"nextshort\""));

        succeeds("upgrade", "phaselock", next.toString(), "--namespace", Helm.NAMESPACE);
        await().atMost(30, SECONDS)
                .until(() -> kubectl("", "get", "nextshort", "-A").exitCode() == 0);
    }

    @Test
    void uninstallingKeepsTheDefinitionAndAllChanges() {
        install();
        assertThat(kubectl(CHANGE.formatted("shop"), "apply", "-f", "-").exitCode())
                .isZero();

        succeeds("uninstall", "phaselock", "--namespace", Helm.NAMESPACE, "--wait");
        assertThat(kubectl("", "get", "schg", "orders", "-n", "shop").exitCode())
                .isZero();
        assertThat(kubectl("", "get", "clusterrole", "phaselock").exitCode()).isNotZero();
        // And it comes back.
        install();
    }

    @Test
    void withWatchedNamespacesTheOperatorWorksInThemAndNowhereElse() throws IOException {
        install("--set", "watchNamespaces={shop,blog}");
        for (String namespace : List.of("pay", "shop", "blog")) {
            Kubectl.Answer answer = kubectl(CHANGE.formatted(namespace), "apply", "-f", "-");
            assertThat(answer.exitCode()).as(answer.text()).isZero();
        }
        TestOperator operator = TestOperator.start(cluster, client, environment());
        try {
            for (String namespace : List.of("shop", "blog")) {
                await("a Job in " + namespace + "; the operator's log is " + operator.log())
                        .atMost(60, SECONDS)
                        .until(() -> !client.batch()
                                .v1()
                                .jobs()
                                .inNamespace(namespace)
                                .list()
                                .getItems()
                                .isEmpty());
            }
            assertThat(client.batch().v1().jobs().inNamespace("pay").list().getItems())
                    .isEmpty();
            Map<String, String> selected = client.network()
                    .v1()
                    .networkPolicies()
                    .inNamespace("shop")
                    .withName("phaselock-phases")
                    .get()
                    .getSpec()
                    .getPodSelector()
                    .getMatchLabels();
            assertThat(client.batch().v1().jobs().inNamespace("shop").list().getItems())
                    .allSatisfy(job -> assertThat(
                                    job.getSpec().getTemplate().getMetadata().getLabels())
                            .as("the network policy is about it")
                            .containsAllEntriesOf(selected));
            String user = "--as=system:serviceaccount:" + Helm.NAMESPACE + ":phaselock";
            assertThat(kubectl("", "auth", "can-i", "list", "schemachanges", "-n", "pay", user)
                            .text()
                            .strip())
                    .endsWith("no");
            assertThat(Files.readString(operator.log())).doesNotContain("ERROR", "Forbidden");
        } finally {
            operator.kill();
            kubectl(
                    "",
                    "patch",
                    "schg",
                    "orders",
                    "-n",
                    "shop",
                    "--type=merge",
                    "-p",
                    "{\"metadata\":{\"finalizers\":[]}}");
            kubectl(
                    "",
                    "patch",
                    "schg",
                    "orders",
                    "-n",
                    "blog",
                    "--type=merge",
                    "-p",
                    "{\"metadata\":{\"finalizers\":[]}}");
        }
    }

    @Test
    void prometheusOperatorTakesTheMonitorAndTheAlerts() throws IOException {
        for (String kind : List.of("servicemonitors", "prometheusrules")) {
            String file = Prometheus.definitions()
                    .resolve("monitoring.coreos.com_" + kind + ".yaml")
                    .toString();
            Kubectl.Answer applied = kubectl("", "apply", "--server-side", "-f", file);
            assertThat(applied.exitCode()).as(applied.text()).isZero();
        }
        Kubectl.Answer established = kubectl("", "wait", "--for=condition=Established", "crd", "--all");
        assertThat(established.exitCode()).as(established.text()).isZero();
        String[] values = {"--set", "metrics.serviceMonitor.enabled=true", "--set", "metrics.alerts.enabled=true"};
        await("kinds that came just now are served")
                .atMost(30, SECONDS)
                .until(() -> kubectl("", "get", "servicemonitors,prometheusrules", "-A")
                                .exitCode()
                        == 0);

        String chart = Helm.template(values);
        taken(chart);

        GenericKubernetesResource deployment = object(chart, "Deployment");
        GenericKubernetesResource service = object(chart, "Service");
        GenericKubernetesResource monitor = object(chart, "ServiceMonitor");
        Map<String, Object> pods = deployment.get("spec", "template", "metadata", "labels");
        assertThat(pods).containsAllEntriesOf(service.<Map<String, String>>get("spec", "selector"));
        assertThat(service.getMetadata().getLabels())
                .containsAllEntriesOf(monitor.get("spec", "selector", "matchLabels"));
        assertThat(service.<String>get("spec", "ports", 0, "name"))
                .isEqualTo(monitor.<String>get("spec", "endpoints", 0, "port"));
        assertThat(service.<String>get("spec", "ports", 0, "targetPort"))
                .isEqualTo(deployment.<String>get("spec", "template", "spec", "containers", 0, "ports", 0, "name"));

        GenericKubernetesResource rules = object(chart, "PrometheusRule");
        assertThat(Prometheus.metricsOf(rules.get("spec")))
                .isNotEmpty()
                .isSubsetOf(Files.readAllLines(Path.of("docs", "reference", "metrics.md")).stream()
                        .filter(line -> line.startsWith("| `phaselock_"))
                        .map(line -> line.substring(3, line.indexOf('`', 3)))
                        .toList());
        assertThat(chart)
                .as("they are about what this ServiceMonitor collects")
                .contains("{namespace=\"" + Helm.NAMESPACE + "\",job=\""
                        + service.getMetadata().getName() + "\"}");
    }

    /** What the chart's Deployment gives the operator, but for what a node fills in. */
    private static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        client
                .apps()
                .deployments()
                .inNamespace(Helm.NAMESPACE)
                .withName("phaselock")
                .get()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .stream()
                .filter(variable -> variable.getValue() != null)
                .forEach(variable -> environment.put(variable.getName(), variable.getValue()));
        return environment;
    }

    private static void taken(String yaml) {
        Kubectl.Answer answer =
                kubectl(yaml, "create", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", "-");
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        assertThat(answer.text()).doesNotContain("Warning");
    }

    private static void install(String... values) {
        String[] arguments = Stream.concat(
                        Stream.of("install", "phaselock", Helm.CHART.toString(), "--namespace", Helm.NAMESPACE),
                        Stream.of(values))
                .toArray(String[]::new);
        succeeds(arguments);
        await("the kind, which came just now, is served")
                .atMost(30, SECONDS)
                .until(() -> kubectl("", "get", "schg", "-A").exitCode() == 0);
    }

    private static void succeeds(String... arguments) {
        Helm.Answer answer = helm(arguments);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    private static Helm.Answer helm(String... arguments) {
        return Helm.run(
                Stream.concat(Stream.of("--kubeconfig", cluster.kubeconfig().toString()), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static Kubectl.Answer kubectl(String input, String... arguments) {
        return Kubectl.run(cluster.kubeconfig(), input, arguments);
    }

    private static GenericKubernetesResource object(String yaml, String kind) {
        return Helm.objects(yaml).stream()
                .filter(object -> object.getKind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static Object podSpec(GenericKubernetesResource deployment) {
        Object spec = deployment.get("spec", "template", "spec");
        assertThat(spec).isNotNull();
        return spec;
    }

    private Path copyOfTheChart() throws IOException {
        Path copy = temporary.resolve("phaselock");
        try (Stream<Path> files = Files.walk(Helm.CHART)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(Helm.CHART.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }
}
