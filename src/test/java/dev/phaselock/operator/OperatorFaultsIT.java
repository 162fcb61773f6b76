package dev.phaselock.operator;

import static dev.phaselock.operator.EveryPhase.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
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
 * What happens to Jobs, the operator and the API server, at every phase (OPERATOR-1, OPERATOR-2): the change
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
    void theOperatorsEndAtEveryPhaseStartsNothingTwice() throws Exception {
        changes.begin();
        operator.close();
        changes.letGo();
        await().atMost(Duration.ofSeconds(30)).until(() -> livingPods().isEmpty());
        operator = OperatorUnderTest.start(cluster.controlPlane(), client, 20, 20);
        changes.awaitReady();
        changes.assertCalls(1);
        changes.assertJobsOnce();
    }

    @Test
    void aCutOffApiServerStopsNoJobAndLeavesNoWrongStatus() throws Exception {
        changes.begin();
        cluster.controlPlane().stopApiServer();
        changes.letGo();
        changes.each((phase, scenario) -> await().atMost(Duration.ofSeconds(30))
                .until(() -> scenario.ended().contains(phase)));
        // Past the first pauses of clients, informers and retries.
        await().pollDelay(Duration.ofSeconds(15)).atMost(Duration.ofSeconds(20)).until(() -> true);
        cluster.controlPlane().startApiServer();
        changes.awaitReady();
        changes.assertCalls(1);
        changes.assertJobsOnce();
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
        changes.assertJobsOnce();
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
