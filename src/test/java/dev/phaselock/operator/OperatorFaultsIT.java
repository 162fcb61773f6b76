package dev.phaselock.operator;

import static dev.phaselock.operator.EveryPhase.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a cluster does to Jobs, pods, the operator and the API server, at every phase (OPERATOR-1, OPERATOR-2): the change
 * goes on, and no phase is made twice for one attempt.
 */
@Timeout(180)
class OperatorFaultsIT extends ClusterBed {
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
    void jobsThatSomebodyDeletesAreMadeAgain() {
        changes.begin();
        client.batch().v1().jobs().inNamespace(namespace).resources().forEach(job -> {
            if (!JobObserver.ended(job.get())) {
                job.delete();
            }
        });
        changes.awaitCalls(2);
        changes.letGo();
        changes.awaitReady();
        changes.assertCalls(2);
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
            awaitStatus(name(phase), status -> attempts(status, phase) == 2);
            assertThat(says(status(name(phase)), "Stalled")).isEqualTo("-");
        });
        changes.letGo();
        changes.awaitReady();
        changes.assertCalls(2);
        assertJobsOnce();
    }

    @Test
    void podsThatAreKilledAreFollowedByAnotherOfTheSameJob() {
        changes.begin();
        changes.each((phase, scenario) -> scenario.isKilled(phase));
        // The Job controller waits for ten seconds.
        changes.awaitCalls(2);
        changes.letGo();
        changes.awaitReady();
        changes.assertCalls(2);
        assertJobsOnce();
        changes.each(
                (phase, _) -> assertThat(attempts(status(name(phase)), phase)).isEqualTo(1));
    }

    @Test
    void theOperatorsEndAtEveryPhaseStartsNothingTwice() throws Exception {
        changes.begin();
        operator.close();
        changes.letGo();
        await().atMost(Duration.ofSeconds(30)).until(() -> livingPods().isEmpty());
        operator = OperatorUnderTest.start(cluster.controlPlane(), client, 20, 20);
        changes.awaitReady();
        changes.assertCalls(1);
        assertJobsOnce();
    }

    @Test
    void aCutOffApiServerStopsNoJobAndLeavesNoWrongStatus() throws Exception {
        changes.begin();
        cluster.controlPlane().stopApiServer();
        changes.letGo();
        changes.each((phase, scenario) -> await().atMost(Duration.ofSeconds(30))
                .until(() -> scenario.ended().contains(phase)));
        // Past the first pauses of clients, informers and retries.
        await().pollDelay(Duration.ofSeconds(15)).until(() -> true);
        cluster.controlPlane().startApiServer();
        changes.awaitReady();
        changes.assertCalls(1);
        assertJobsOnce();
        changes.each((phase, _) -> assertThat(status(name(phase)).failures()).isNull());
    }

    @Test
    void conflictsOnEveryWriteDelayNothingAndStartNothingTwice() {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger edits = new AtomicInteger();
        List<Thread> editors = new ArrayList<>();
        changes.each((phase, scenario) -> {
            scenario.letsGo(phase);
            create(name(phase));
            editors.add(Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    edit(name(phase), edits.incrementAndGet());
                }
            }));
        });
        try {
            changes.awaitReady();
        } finally {
            stop.set(true);
        }
        editors.forEach(OperatorFaultsIT::join);
        assertThat(edits).as("edits meanwhile").hasValueGreaterThan(100);
        changes.assertCalls(1);
        assertJobsOnce();
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
        quota.setStatus(new io.fabric8.kubernetes.api.model.ResourceQuotaStatusBuilder()
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

    private static int attempts(SchemaChangeStatus status, String phase) {
        return status.phases().stream()
                .filter(candidate -> candidate.name().equals(phase))
                .findFirst()
                .map(candidate -> candidate.attempts() == null ? 0 : candidate.attempts())
                .orElse(0);
    }

    /** As many Jobs as the statuses count, so none beside them. */
    private void assertJobsOnce() {
        int counted = 0;
        for (String phase : EveryPhase.PHASES) {
            SchemaChangeStatus status = status(name(phase));
            for (String other : EveryPhase.PHASES) {
                counted += attempts(status, other);
            }
        }
        assertThat(jobs()).extracting(Job::getMetadata).hasSize(counted);
    }

    private void edit(String name, int number) {
        try {
            client.resources(SchemaChange.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .edit(change -> {
                        change.getMetadata().setAnnotations(Map.of("example.com/edit", Integer.toString(number)));
                        return change;
                    });
        } catch (KubernetesClientException e) {
            // The operator's writes are in the way of these, too.
            assertThat(e.getCode()).isIn(409, 404);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
