package dev.phaselock.operator;

import static dev.phaselock.operator.EveryPhase.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.JobSpec;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to pods, at every phase or before the first: seen within seconds, and the change goes on (OPERATOR-2). */
@Timeout(180)
class OperatorPodFaultsIT extends ClusterBed {
    private OperatorUnderTest operator;
    private EveryPhase changes;

    @BeforeEach
    void startOperator() throws Exception {
        operator = OperatorUnderTest.start(cluster.controlPlane(), client, 20, 20);
        changes = new EveryPhase(this);
    }

    @AfterEach
    void endOperator() {
        changes.letGo();
        deleteChanges();
        operator.close();
    }

    @Test
    void podsThatSomebodyDeletesOrEvictsAreFollowedByTheNextAttempt() {
        changes.begin();
        List<Pod> pods = livingPods();
        for (int i = 0; i < pods.size(); i++) {
            var pod = client.pods().resource(pods.get(i));
            if (i % 2 == 0) {
                pod.delete();
            } else {
                pod.evict();
            }
        }
        changes.awaitCalls(2);
        changes.each((phase, _) -> {
            awaitStatus(name(phase), status -> EveryPhase.attempts(status, phase) == 2);
            assertThat(says(status(name(phase)), "Stalled")).isEqualTo("-");
        });
        changes.letGo();
        changes.awaitReady();
        changes.assertCalls(2);
        changes.assertJobsOnce();
    }

    @Test
    void podsThatAreKilledAreFollowedByAnotherOfTheSameJob() {
        changes.begin();
        changes.each((phase, scenario) -> scenario.isKilled(phase));
        // It is told at once; the Job controller waits for ten seconds.
        changes.each((phase, _) ->
                awaitStatus(name(phase), status -> says(status, "Reconciling").equals("True/JobFailed")));
        changes.each((phase, _) -> assertThat(
                        condition(status(name(phase)), "Ready").orElseThrow().getMessage())
                .contains("exit code 137"));
        changes.awaitCalls(2);
        changes.letGo();
        changes.awaitReady();
        changes.assertCalls(2);
        changes.assertJobsOnce();
        changes.each((phase, _) ->
                assertThat(EveryPhase.attempts(status(name(phase)), phase)).isEqualTo(1));
    }

    @Test
    void aQuotaThatTakesNoPodIsToldWithinSecondsAndPassesWithIt() {
        ResourceQuota quota = client.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("none")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withHard(Map.of("pods", new Quantity("0")))
                        .endSpec()
                        .build())
                .create();
        quota.setStatus(new ResourceQuotaStatusBuilder()
                .withHard(Map.of("pods", new Quantity("0")))
                .withUsed(Map.of("pods", new Quantity("0")))
                .build());
        client.resource(quota).updateStatus();
        create();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> says(status(), "Reconciling").equals("True/PodNotCreated"));
        assertThat(condition(status(), "Ready").orElseThrow().getMessage()).contains("quota", "kubectl describe job/");
        await().atMost(Duration.ofSeconds(10)).until(() -> events().contains("PodNotCreated"));

        client.resource(quota).delete();
        awaitReady();
        assertThat(scenario.calls()).containsExactlyElementsOf(EveryPhase.PHASES);
    }

    @Test
    void anAdmissionPolicyThatRefusesThePodIsToldWithinSecondsAndPassesWithIt() {
        String policy = """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: no-pods}
                spec:
                  matchConstraints:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
                    resourceRules:
                      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
                  validations:
                    - {expression: "false", message: no pods today}
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: no-pods}
                spec: {policyName: no-pods, validationActions: [Deny]}
                """.formatted(namespace);
        client.load(new ByteArrayInputStream(policy.getBytes(StandardCharsets.UTF_8)))
                .serverSideApply();
        await("the policy counts").atMost(Duration.ofSeconds(30)).until(this::refusesPods);
        create();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> says(status(), "Reconciling").equals("True/PodNotCreated"));
        assertThat(condition(status(), "Ready").orElseThrow().getMessage())
                .contains("admission policy", "kubectl describe job/");
        await().atMost(Duration.ofSeconds(10)).until(() -> events().contains("PodNotCreated"));

        client.load(new ByteArrayInputStream(policy.getBytes(StandardCharsets.UTF_8)))
                .delete();
        awaitReady();
        assertThat(scenario.calls()).containsExactlyElementsOf(EveryPhase.PHASES);
    }

    private boolean refusesPods() {
        // Pod Security is asked first, and takes it.
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: probe, namespace: %s}
                spec:
                  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
                  containers:
                    - name: probe
                      image: example.org/probe:1
                      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                """.formatted(namespace), Pod.class);
        try {
            client.resource(pod).dryRun().create();
            return false;
        } catch (KubernetesClientException e) {
            return e.getMessage().contains("no pods today");
        }
    }

    @Test
    void anImageThatIsNotThereIsToldWithinSecondsAndGoneWithAnEdit() {
        // No node takes the pod; what a kubelet would say of its image is written by hand.
        create(NAME, new JobSpec(null, Map.of("nowhere", "true"), null, null, null, null, null, null, null));
        await().atMost(Duration.ofSeconds(20)).until(() -> livingPods().size() == 1);
        Pod pod = livingPods().getFirst();
        client.pods().resource(pod).editStatus(seen -> {
            seen.getStatus()
                    .setContainerStatuses(List.of(new ContainerStatusBuilder()
                            .withName("phase")
                            .withImage("example.org/nowhere:1")
                            .withImageID("")
                            .withReady(false)
                            .withRestartCount(0)
                            .withNewState()
                            .withNewWaiting()
                            .withReason("ImagePullBackOff")
                            .endWaiting()
                            .endState()
                            .build()));
            return seen;
        });
        await().atMost(Duration.ofSeconds(10))
                .until(() -> says(status(), "Reconciling").equals("True/ImagePullFailed"));
        assertThat(condition(status(), "Ready").orElseThrow().getMessage()).contains("example.org/nowhere:1");
        await().atMost(Duration.ofSeconds(10)).until(() -> events().contains("ImagePullFailed"));

        patchSpec("{\"spec\":{\"job\":null}}");
        awaitReady();
    }
}
