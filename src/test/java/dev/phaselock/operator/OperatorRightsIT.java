package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.InstalledCrd;
import dev.phaselock.api.Kubectl;
import dev.phaselock.local.TestCluster;
import io.fabric8.kubernetes.api.model.APIGroupList;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.GroupVersionForDiscovery;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What deploy/operator lets the operator do, asked of a real API server: what docs/security.md says, and no more. */
class OperatorRightsIT {
    private static final String OPERATOR = "system:serviceaccount:phaselock-system:phaselock";
    private static final String NOBODY = "system:serviceaccount:phaselock-system:default";
    private static final String OWN = "phaselock-system";
    private static final String OTHER = "kube-system";
    private static final Pattern ROW = Pattern.compile(
            "\\| ([a-z0-9.]+) \\| ([a-z/]+) \\| ([a-z, ]+) \\| (everywhere|its own namespace) \\| .+ \\|");
    private static final List<String> VERBS = List.of(
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
            "use",
            "bind",
            "escalate",
            "impersonate",
            "approve",
            "sign",
            "attest",
            "proxy",
            "*");

    private static KubernetesClient client;

    /** A verb on a resource of an API group, in a namespace; the namespace is empty for all of them at once. */
    private record Right(String group, String resource, String verb, String namespace) implements Comparable<Right> {
        @Override
        public int compareTo(Right other) {
            return toString().compareTo(other.toString());
        }
    }

    @BeforeAll
    static void install() {
        InstalledCrd.ensure();
        client = TestCluster.client();
        assertThat(Kubectl.run("", "apply", "-f", "deploy/operator").exitCode()).isZero();
    }

    @Test
    void itMayDoExactlyWhatTheDocumentationSays() throws Exception {
        List<String[]> resources = resources();
        assertThat(resources).as("all that this API server has").hasSizeGreaterThan(100);
        Set<Right> granted = allowed(OPERATOR, resources);
        granted.removeAll(allowed(NOBODY, resources));

        assertThat(granted).isEqualTo(documented());
    }

    @ParameterizedTest
    @CsvSource({
        "get, secrets",
        "list, secrets",
        "watch, secrets",
        "create, secrets",
        "list, configmaps",
        "watch, configmaps",
        "create, configmaps",
        "create, pods",
        "create, pods/exec",
        "create, pods/attach",
        "create, pods/portforward",
        "create, pods/eviction",
        "delete, pods",
        "create, deployments.apps",
        "create, cronjobs.batch",
        "create, schemachanges.phaselock.dev",
        "delete, schemachanges.phaselock.dev",
        "update, schemachanges.phaselock.dev",
        "create, serviceaccounts/token",
        "impersonate, serviceaccounts",
        "impersonate, users",
        "escalate, clusterroles.rbac.authorization.k8s.io",
        "bind, clusterroles.rbac.authorization.k8s.io",
        "create, clusterrolebindings.rbac.authorization.k8s.io",
        "create, rolebindings.rbac.authorization.k8s.io",
        "get, nodes",
        "get, nodes/proxy",
        "update, customresourcedefinitions.apiextensions.k8s.io",
        "create, validatingwebhookconfigurations.admissionregistration.k8s.io"
    })
    void kubectlSaysNo(String verb, String resource) {
        for (String namespace : List.of(OWN, OTHER)) {
            var answer = Kubectl.run("", "auth", "can-i", verb, resource, "--as=" + OPERATOR, "-n", namespace, "-q");
            assertThat(answer.exitCode())
                    .as(verb + " " + resource + " in " + namespace)
                    .isEqualTo(1);
        }
    }

    private static Set<Right> documented() throws Exception {
        return Files.readAllLines(Path.of("docs/security.md")).stream()
                .map(ROW::matcher)
                .filter(matcher -> matcher.matches())
                .flatMap(row -> Arrays.stream(row.group(3).split(", ", -1))
                        .flatMap(verb -> (row.group(4).equals("everywhere")
                                        ? Stream.of(OWN, OTHER, "")
                                        : Stream.of(OWN))
                                .map(namespace -> new Right(
                                        row.group(1).equals("core") ? "" : row.group(1),
                                        row.group(2),
                                        verb,
                                        namespace))))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Right> allowed(String user, List<String[]> resources)
            throws InterruptedException, ExecutionException {
        List<Right> questions = new ArrayList<>();
        for (String[] resource : resources) {
            for (String verb : VERBS) {
                for (String namespace : List.of(OWN, OTHER, "")) {
                    questions.add(new Right(resource[0], resource[1], verb, namespace));
                }
            }
        }
        Set<Right> allowed = new TreeSet<>();
        try (var executor = Executors.newFixedThreadPool(16)) {
            List<Future<Boolean>> answers = questions.stream()
                    .map(question -> executor.submit(() -> allows(user, question)))
                    .toList();
            for (int i = 0; i < questions.size(); i++) {
                if (answers.get(i).get()) {
                    allowed.add(questions.get(i));
                }
            }
        }
        return allowed;
    }

    private static boolean allows(String user, Right right) {
        int slash = right.resource().indexOf('/');
        return client.authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(user)
                        .withGroups("system:serviceaccounts", "system:serviceaccounts:" + OWN, "system:authenticated")
                        .withNewResourceAttributes()
                        .withGroup(right.group())
                        .withResource(
                                slash < 0 ? right.resource() : right.resource().substring(0, slash))
                        .withSubresource(slash < 0 ? null : right.resource().substring(slash + 1))
                        .withVerb(right.verb())
                        .withNamespace(right.namespace())
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    /** Group and name of every resource and subresource that the API server serves, and the virtual ones of impersonation. */
    private static List<String[]> resources() {
        Set<String> names = new TreeSet<>(Set.of(" users", " groups", " uids"));
        client.getApiResources("v1").getResources().forEach(resource -> names.add(" " + resource.getName()));
        APIGroupList groups = client.getApiGroups();
        groups.getGroups().forEach(group -> {
            for (GroupVersionForDiscovery version : group.getVersions()) {
                APIResourceList list = client.getApiResources(version.getGroupVersion());
                list.getResources().forEach(resource -> names.add(group.getName() + " " + resource.getName()));
            }
        });
        // Discovery lists no resource of this name, but an owner reference asks for it.
        names.add("phaselock.dev schemachanges/finalizers");
        return names.stream().map(name -> name.split(" ", -1)).toList();
    }
}
