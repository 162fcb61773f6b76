package dev.phaselock.operator;

import static dev.phaselock.operator.EveryPhase.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What people ask of a change, asked at every phase (OPERATOR-2, OPERATOR-5). */
@Timeout(180)
class OperatorRequestsEveryPhaseIT extends ClusterBed {
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
    void suspendedItGoesNoFurtherThanItsPhaseAndResumedItGoesOn() {
        changes.begin();
        changes.each((phase, _) -> patch(phase, "{\"spec\":{\"suspend\":true}}"));
        changes.each((phase, _) -> awaitStatus(name(phase), status -> status.observedGeneration() == 2));
        changes.letGo();
        changes.each((phase, _) -> {
            // After the last phase there is nothing to hold up.
            if (!phase.equals("1-validate")) {
                awaitStatus(name(phase), status -> "Suspended".equals(status.step()));
                assertThat(says(status(name(phase)), "Stalled")).isEqualTo("-");
            }
        });
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(20))
                .until(() -> livingPods().isEmpty());
        changes.each((phase, scenario) -> assertThat(scenario.calls().stream().distinct())
                .as("held in " + phase)
                .containsExactlyElementsOf(EveryPhase.PHASES.subList(0, 1 + EveryPhase.PHASES.indexOf(phase))));

        changes.each((phase, _) -> patch(phase, "{\"spec\":{\"suspend\":false}}"));
        changes.awaitReady();
    }

    @Test
    void anEditOfWhatMayBeEditedStopsNothing() {
        changes.begin();
        changes.each((phase, _) -> patch(phase, "{\"spec\":{\"locks\":{\"deadline\":\"2h\"}}}"));
        changes.each((phase, _) -> awaitStatus(name(phase), status -> status.observedGeneration() == 2));
        changes.letGo();
        changes.awaitReady();
        changes.each((phase, scenario) -> {
            assertThat(says(status(name(phase)), "Stalled")).isEqualTo("-");
            // What has begun is not planned anew.
            if (Boolean.TRUE.equals(status(name(phase)).begun()) && EveryPhase.PHASES.indexOf(phase) >= 2) {
                assertThat(scenario.calls()).containsExactlyElementsOf(EveryPhase.PHASES);
            }
        });
    }

    @Test
    void deletedItEndsItsPodFirstAndCreatedAgainItBeginsAnew() {
        changes.begin();
        Map<String, String> before = new HashMap<>();
        changes.each((phase, _) ->
                before.put(phase, resource(phase).get().getMetadata().getUid()));
        changes.each((phase, _) -> resource(phase).delete());
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            boolean gone =
                    EveryPhase.PHASES.stream().allMatch(phase -> resource(phase).get() == null);
            assertThat(gone && !livingPods().isEmpty())
                    .as("the resources are gone and a pod still works")
                    .isFalse();
            return gone;
        });
        changes.letGo();
        EveryPhase.PHASES.forEach(phase -> create(name(phase)));
        changes.awaitReady();

        // Kubernetes deletes them, when it comes to it.
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(jobs().stream()
                                .map(job -> job.getMetadata()
                                        .getOwnerReferences()
                                        .getFirst()
                                        .getUid()))
                        .as("of the new ones only")
                        .doesNotContainAnyElementsOf(before.values()));
        changes.each((phase, scenario) -> assertThat(scenario.calls())
                .as("held in " + phase)
                .hasSize(EveryPhase.PHASES.indexOf(phase) + 1 + EveryPhase.PHASES.size())
                .endsWith("preflight", "1-verify", "1-apply", "1-validate"));
    }

    private Resource<SchemaChange> resource(String phase) {
        return client.resources(SchemaChange.class).inNamespace(namespace).withName(name(phase));
    }

    private void patch(String phase, String json) {
        resource(phase).patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }
}
