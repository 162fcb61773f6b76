package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What people ask of a change while it is carried out: suspend, delete, retry, edit. */
class OperatorRequestsIT extends OperatorBed {
    @Test
    void whatWaitsForALockIsShownAndCancelledBySuspend() {
        scenario.prints("1-apply", waiting(12)).holds("1-apply");
        create();
        awaitStatus(NAME, status -> "WaitingForLock".equals(status.step()) && status.blockers() != null);
        SchemaChangeStatus waiting = status();
        assertThat(waiting.blockers().getFirst().pid()).isEqualTo(4711);
        assertThat(waiting.tries()).isEqualTo(15);
        assertThat(says(waiting, "Reconciling")).isEqualTo("True/WaitingForLock");
        assertThat(waiting.begun()).isTrue();

        patchSpec("{\"spec\":{\"suspend\":true}}");
        awaitStatus(
                NAME,
                status -> "Suspended".equals(status.step())
                        // Resumed before its end is known, a Job is made again as the same attempt.
                        && "Pending".equals(status.phases().get(2).state())
                        && livingPods().isEmpty());
        assertThat(says(status(), "Ready")).isEqualTo("False/Suspended");
        assertThat(says(status(), "Reconciling")).isEqualTo("-");

        scenario.letsGo("1-apply");
        patchSpec("{\"spec\":{\"suspend\":false}}");
        awaitReady();
        assertThat(status().phases().get(2).attempts()).isEqualTo(2);
    }

    @Test
    void suspendLetsAPhaseEndAndStartsNoOther() {
        scenario.holds("1-verify");
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-verify"));
        awaitStatus(
                NAME,
                status -> "Verifying".equals(status.step()) && livingPods().size() == 1);
        patchSpec("{\"spec\":{\"suspend\":true}}");
        awaitStatus(NAME, status -> status.observedGeneration() == 2);

        // An edit before anything has begun starts over, and suspended nothing starts.
        awaitStatus(
                NAME,
                status -> "Suspended".equals(status.step()) && livingPods().isEmpty());
        scenario.letsGo("1-verify");
        patchSpec("{\"spec\":{\"suspend\":false}}");
        awaitReady();
    }

    @Test
    void deletingItEndsThePodBeforeTheResourceGoes() {
        scenario.holds("1-apply");
        create();
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        scenario.calls().contains("1-apply") && !livingPods().isEmpty());
        long pods = livingPods().size();
        assertThat(pods).isEqualTo(1);

        client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .delete();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            boolean gone = client.resources(SchemaChange.class)
                            .inNamespace(namespace)
                            .withName(NAME)
                            .get()
                    == null;
            assertThat(gone && !livingPods().isEmpty())
                    .as("the resource is gone and a pod still works")
                    .isFalse();
            return gone;
        });
    }

    @Test
    void aDeadlineWaitsForTheRetryAnnotation() {
        scenario.ends("1-apply", result(Outcome.DEADLINE, Reason.DEADLINE_EXCEEDED, "Not to be had in 30m."));
        create();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/DeadlineExceeded"));
        int calls = scenario.calls().size();
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(4))
                .until(() -> scenario.calls().size() == calls);

        scenario.ends("1-apply", done());
        patchSpec("{\"metadata\":{\"annotations\":{\"phaselock.dev/retry\":\"1\"}}}");
        awaitReady();
        assertThat(status().handledRetry()).isEqualTo("1");
        assertThat(ResultJson.read(scenario.request("1-apply"), PhaseRequest.class)
                        .waitedMillis())
                .isZero();
    }

    @Test
    void whatIsPlannedCannotBeEditedOnceItHasBegun() {
        scenario.holds("1-apply");
        create();
        awaitStatus(NAME, status -> Boolean.TRUE.equals(status.begun()));

        assertThat(catchThrowableOfType(
                        KubernetesClientException.class,
                        () -> patchSpec("{\"spec\":{\"database\":{\"name\":\"other\"}}}")))
                .hasMessageContaining("spec.changes, spec.sql, spec.sqlFrom and spec.database cannot be edited");
        patchSpec("{\"spec\":{\"locks\":{\"deadline\":\"2h\"}}}");
        scenario.letsGo("1-apply");
        awaitReady();
        assertThat(status().observedGeneration()).isEqualTo(2);
    }

    @Test
    void anEditWhilePreflightRunsPlansTheNewText() {
        scenario.holds(PhaseRequest.PREFLIGHT);
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> !scenario.calls().isEmpty());
        patchSpec("{\"spec\":{\"database\":{\"name\":\"other\"}}}");
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().size() == 2);
        scenario.letsGo(PhaseRequest.PREFLIGHT);
        awaitReady();

        assertThat(ResultJson.read(scenario.request("1-apply"), PhaseRequest.class)
                        .database()
                        .name())
                .isEqualTo("other");
    }
}
