package dev.phaselock.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart makes of its values: each changes what its description says. */
class ChartValuesIT {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    /**
     * A value and what comes of it.
     *
     * @param value its path
     * @param set as in {@code --set}
     * @param comes what the objects say because of it, and do not say without; line breaks are spaces
     */
    record Case(String value, String set, String comes) {
        @Override
        public String toString() {
            return set;
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case("replicaCount", "replicaCount=3", "replicas: 3"),
                new Case("image.repository", "image.repository=r.example/p", "image: r.example/p:0.1.0-SNAPSHOT"),
                new Case("image.repository", "image.repository=r.example/p", "value: \"r.example/p:0.1.0-SNAPSHOT\""),
                new Case("image.tag", "image.tag=v2", "value: \"localhost/phaselock:v2\""),
                new Case("image.digest", "image.digest=" + DIGEST, "value: \"localhost/phaselock@" + DIGEST),
                new Case("image.pullPolicy", "image.pullPolicy=Always", "imagePullPolicy: Always"),
                new Case("imagePullSecrets", "imagePullSecrets[0].name=pull", "imagePullSecrets: - name: pull"),
                new Case("nameOverride", "nameOverride=other", "app.kubernetes.io/name: other"),
                new Case("fullnameOverride", "fullnameOverride=other", "kind: ClusterRole metadata: name: other"),
                new Case("watchNamespaces", "watchNamespaces={shop}", "kind: Role metadata: name: phaselock-changes"),
                new Case("watchNamespaces", "watchNamespaces={shop}", "QUARKUS_OPERATOR_SDK_NAMESPACES, value: \"shop"),
                new Case("watchNamespaces", "watchNamespaces={shop}", "name: phaselock-phases namespace: shop"),
                new Case("serviceAccount.create", "serviceAccount.create=false", "serviceAccountName: default"),
                new Case("serviceAccount.name", "serviceAccount.name=op", "serviceAccountName: op"),
                new Case("serviceAccount.annotations", "serviceAccount.annotations.a=b", "annotations: a: b"),
                new Case("phases.maxRunning", "phases.maxRunning=7", "PHASELOCK_MAX_RUNNING_PHASES, value: \"7\""),
                new Case(
                        "phases.maxRunningPerDatabase",
                        "phases.maxRunningPerDatabase=2",
                        "PHASELOCK_MAX_RUNNING_PHASES_PER_DATABASE, value: \"2\""),
                new Case("phases.jobTimeToLive", "phases.jobTimeToLive=1h", "JOB_TIME_TO_LIVE, value: \"1h\""),
                new Case("logLevel", "logLevel=DEBUG", "QUARKUS_LOG_LEVEL, value: \"DEBUG\""),
                new Case("resources", "resources.limits.memory=1Gi", "memory: 1Gi"),
                new Case(
                        "podDisruptionBudget.maxUnavailable",
                        "podDisruptionBudget.maxUnavailable=50%",
                        "maxUnavailable: 50%"),
                new Case(
                        "networkPolicy.apiServer.ports",
                        "networkPolicy.apiServer.ports={16443}",
                        "{protocol: TCP, port: 16443}"),
                new Case(
                        "networkPolicy.apiServer.to",
                        "networkPolicy.apiServer.to[0].ipBlock.cidr=10.0.0.1/32",
                        "to: - ipBlock: cidr: 10.0.0.1/32"),
                new Case(
                        "networkPolicy.jobs.namespaces",
                        "networkPolicy.jobs.namespaces={pay}",
                        "name: phaselock-phases namespace: pay"),
                new Case(
                        "networkPolicy.jobs.databasePorts",
                        "networkPolicy.jobs.namespaces={pay},networkPolicy.jobs.databasePorts={5433}",
                        "- ports: - {protocol: TCP, port: 5433}"),
                new Case(
                        "networkPolicy.jobs.to",
                        "networkPolicy.jobs.namespaces={pay},networkPolicy.jobs.to[0].ipBlock.cidr=10.0.0.2/32",
                        "to: - ipBlock: cidr: 10.0.0.2/32"),
                new Case(
                        "metrics.serviceMonitor.enabled",
                        "metrics.serviceMonitor.enabled=true",
                        "path: /q/metrics interval: 30s"),
                new Case(
                        "metrics.serviceMonitor.enabled",
                        "metrics.serviceMonitor.enabled=true",
                        "kind: Service metadata:"),
                new Case(
                        "metrics.serviceMonitor.interval",
                        "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.interval=1m",
                        "interval: 1m"),
                new Case(
                        "metrics.serviceMonitor.labels",
                        "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.prometheus=main",
                        "prometheus: main spec:"),
                new Case("metrics.alerts.enabled", "metrics.alerts.enabled=true", "kind: PrometheusRule"),
                new Case(
                        "metrics.alerts.labels",
                        "metrics.alerts.enabled=true,metrics.alerts.labels.prometheus=main",
                        "prometheus: main spec:"),
                new Case(
                        "metrics.alerts.unfinishedSeconds",
                        "metrics.alerts.enabled=true,metrics.alerts.unfinishedSeconds=60",
                        "> 60 for: 5m"),
                new Case(
                        "metrics.alerts.longestDelayMillis",
                        "metrics.alerts.enabled=true,metrics.alerts.longestDelayMillis=500",
                        "> 0.5 labels:"),
                new Case("podAnnotations", "podAnnotations.a=b", "annotations: a: b"),
                new Case("podLabels", "podLabels.team=shop", "team: shop"),
                new Case("nodeSelector", "nodeSelector.disk=ssd", "nodeSelector: disk: ssd"),
                new Case("tolerations", "tolerations[0].operator=Exists", "tolerations: - operator: Exists"),
                new Case("affinity", "affinity.nodeAffinity.a=b", "nodeAffinity: a: b"),
                new Case("priorityClassName", "priorityClassName=high", "priorityClassName: high"),
                new Case("extraEnv", "extraEnv[0].name=TZ,extraEnv[0].value=UTC", "- name: TZ value: UTC"));
    }

    /** Those that only take something away. */
    static List<Case> without() {
        return List.of(
                new Case("crds.install", "crds.install=false", "kind: CustomResourceDefinition"),
                new Case("rbac.create", "rbac.create=false", "kind: ClusterRole"),
                new Case("rbac.create", "rbac.create=false", "kind: RoleBinding"),
                new Case("serviceAccount.create", "serviceAccount.create=false", "kind: ServiceAccount"),
                new Case(
                        "podDisruptionBudget.enabled",
                        "podDisruptionBudget.enabled=false",
                        "kind: PodDisruptionBudget"),
                new Case("networkPolicy.enabled", "networkPolicy.enabled=false", "kind: NetworkPolicy"),
                new Case("watchNamespaces", "watchNamespaces={shop}", "kind: ClusterRole"),
                new Case("watchNamespaces", "watchNamespaces={shop}", "kind: ClusterRoleBinding"));
    }

    @Test
    void everyValueHasACase() throws IOException {
        Set<String> cases = Stream.concat(cases().stream(), without().stream())
                .map(Case::value)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(cases).isEqualTo(ChartFilesTest.values());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aValueChangesWhatItsDescriptionSays(Case value) {
        assertThat(words(Helm.template())).doesNotContain(value.comes());
        assertThat(words(Helm.template("--set", value.set()))).contains(value.comes());
    }

    @ParameterizedTest
    @MethodSource("without")
    void aValueTakesAwayWhatItsDescriptionSays(Case value) {
        assertThat(Helm.template().lines()).contains(value.comes());
        assertThat(Helm.template("--set", value.set()).lines()).doesNotContain(value.comes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replicas=2",
                "replicaCount=two",
                "image.digest=latest",
                "image.pullPolicy=Sometimes",
                "watchNamespaces={Shop}",
                "logLevel=verbose",
                "phases.jobTimeToLive=10",
                "networkPolicy.apiServer.ports={0}",
                "metrics.serviceMonitor.interval=30",
                "metrics.alerts.longestDelayMillis=0"
            })
    void aValueThatIsNoneIsRefused(String set) {
        Helm.Answer answer = Helm.run("template", "phaselock", Helm.CHART.toString(), "--set", set);
        assertThat(answer.exitCode()).isNotZero();
        assertThat(answer.text()).contains("values don't meet the specifications of the schema");
    }

    @Test
    void lintFindsNothing() {
        Helm.Answer answer = Helm.run("lint", "--strict", Helm.CHART.toString());
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        assertThat(answer.text()).doesNotContain("[WARNING]", "[ERROR]");
    }

    @Test
    void theOperatorGetsTheRightsOfDeployAndNoOthers() throws IOException {
        List<GenericKubernetesResource> deploy =
                Helm.objects(Files.readString(Path.of("deploy", "operator", "rbac.yaml")));
        List<GenericKubernetesResource> chart = Helm.objects(Helm.template());
        for (String kind : List.of("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")) {
            assertThat(rights(chart, kind)).as(kind).hasSize(1).isEqualTo(rights(deploy, kind));
        }
    }

    @Test
    void aWatchedNamespaceGivesTheSameRightsInThere() throws IOException {
        List<GenericKubernetesResource> deploy =
                Helm.objects(Files.readString(Path.of("deploy", "operator", "rbac.yaml")));
        List<GenericKubernetesResource> chart = Helm.objects(Helm.template("--set", "watchNamespaces={shop,blog}"));

        assertThat(rights(chart, "ClusterRole")).isEmpty();
        assertThat(rights(chart, "ClusterRoleBinding")).isEmpty();
        List<String> expected = new ArrayList<>();
        expected.addAll(rights(deploy, "ClusterRole"));
        expected.addAll(rights(deploy, "ClusterRole"));
        expected.addAll(rights(deploy, "Role"));
        assertThat(rights(chart, "Role")).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(chart)
                .filteredOn(object -> object.getKind().equals("RoleBinding"))
                .extracting(object -> object.getMetadata().getNamespace())
                .containsExactlyInAnyOrder("shop", "blog", Helm.NAMESPACE);
    }

    /** Rules, or whom a binding gives what. */
    private static List<String> rights(List<GenericKubernetesResource> objects, String kind) {
        return objects.stream()
                .filter(object -> object.getKind().equals(kind))
                .map(object -> Stream.of("rules", "roleRef", "subjects")
                        .map(part -> Serialization.asJson(
                                object.getAdditionalProperties().get(part)))
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    /** In one line, so that a part of several lines can be looked for. */
    private static String words(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
