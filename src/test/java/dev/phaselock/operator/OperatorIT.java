package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.violated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.JobSpec;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The real operator on a real control plane: what the status says and which Jobs there are, from the first to the last phase and through every kind of failure. */
class OperatorIT extends OperatorBed {
    @Test
    void aChangeIsCarriedOutPhaseByPhaseToReady() {
        create();
        awaitReady();

        assertThat(scenario.calls()).containsExactly("preflight", "1-verify", "1-apply", "1-validate");
        SchemaChangeStatus status = status();
        assertThat(status.observedGeneration()).isEqualTo(1);
        assertThat(status.step()).isEqualTo("Ready");
        assertThat(status.conditions())
                .extracting(Condition::getType)
                .containsExactly("Ready", "Accepted", "Approved", "Applied", "Validated");
        // An event is told after the status that it is about.
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(events()).containsExactly("Accepted", "Applied", "Succeeded"));
        PhaseRequest request = ResultJson.read(scenario.request("1-validate"), PhaseRequest.class);
        assertThat(request.planHash()).isEqualTo("h1");
        assertThat(request.delayedMillis()).isEqualTo(120);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(jobs())
                        .hasSize(4)
                        .allSatisfy(job -> assertThat(job.getSpec().getTtlSecondsAfterFinished())
                                .isEqualTo(600)));
    }

    @Test
    void violatingRowsStallItUntilTheyAreGone() {
        scenario.ends("1-verify", violated(42));
        create();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/ConstraintViolated"));
        assertThat(status().violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.sample()).containsExactly("id=7"));
        assertThat(status().begun()).isNull();

        scenario.ends("1-verify", done());
        awaitReady();
        assertThat(status().violations()).isNull();
        assertThat(says(status(), "Stalled")).isEqualTo("-");
    }

    @Test
    void aPassingFaultIsRetriedWithoutAPerson() {
        scenario.ends("1-apply", result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
        create();
        awaitStatus(NAME, status -> Objects.equals(status.failures(), 2));
        assertThat(says(status(), "Stalled")).isEqualTo("-");
        assertThat(says(status(), "Ready")).isIn("False/RetryingConnection", "False/Applying");

        scenario.ends("1-apply", done());
        awaitReady();
        PhaseRequest request = ResultJson.read(scenario.request("1-apply"), PhaseRequest.class);
        assertThat(request.waitedMillis()).as("what earlier attempts waited").isGreaterThanOrEqualTo(3000);
    }

    @Test
    void whatHappensAgainCountsUpOneEvent() {
        scenario.ends("1-apply", result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."));
        create();
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(client.events()
                                .v1()
                                .events()
                                .inNamespace(namespace)
                                .list()
                                .getItems())
                        .filteredOn(event -> event.getReason().equals("RetryingConnection"))
                        .singleElement()
                        .satisfies(event -> {
                            assertThat(event.getType()).isEqualTo("Warning");
                            assertThat(event.getSeries()).isNotNull();
                            assertThat(event.getSeries().getCount()).isGreaterThanOrEqualTo(3);
                            assertThat(event.getSeries().getLastObservedTime().getTime())
                                    .isGreaterThan(event.getEventTime().getTime());
                        }));
        scenario.ends("1-apply", done());
        awaitReady();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(events()).containsOnlyOnce("Accepted", "Applied", "Succeeded"));
    }

    @Test
    void aCrashIsRetriedByTheJobAndThenByTheOperator() {
        scenario.crashes("1-verify");
        create();
        // The Job controller repeats a crash twice, after 10 and 20 seconds, before the Job fails.
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        scenario.calls().stream().filter("1-verify"::equals).count() >= 2);
        scenario.ends("1-verify", done());
        awaitReady();
        assertThat(status().phases().get(1).attempts()).isEqualTo(1);
    }

    @Test
    void aMissingSecretIsTheRunnersResultAndHeals() {
        scenario.ends(
                PhaseRequest.PREFLIGHT,
                result(Outcome.REFUSED, Reason.SECRET_MISSING, "There is no Secret shop-db-app: create it."));
        create();
        awaitStatus(NAME, status -> says(status, "Accepted").equals("False/SecretMissing"));
        assertThat(says(status(), "Ready")).isEqualTo("False/SecretMissing");

        scenario.ends(PhaseRequest.PREFLIGHT, planned(plan("h1", false, false, false)));
        awaitReady();
    }

    @Test
    void aChangedPlanIsMadeAgainAndCarriedOut() {
        scenario.ends("1-apply", result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, "A column was added."))
                .holds("1-apply");
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-apply"));
        scenario.ends(PhaseRequest.PREFLIGHT, planned(plan("h2", true, false, false)))
                .holds(PhaseRequest.PREFLIGHT)
                .letsGo("1-apply");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> scenario.calls().getLast().equals(PhaseRequest.PREFLIGHT));
        assertThat(says(status(), "Stalled")).isEqualTo("-");
        assertThat(status().begun()).isTrue();
        scenario.ends("1-apply", done()).letsGo(PhaseRequest.PREFLIGHT);
        awaitReady();

        assertThat(status().planHash()).isEqualTo("h2");
        assertThat(scenario.calls())
                .containsExactly("preflight", "1-verify", "1-apply", "preflight", "1-apply", "1-validate");
    }

    @Test
    void aJobThatTheApiServerRefusesIsTold() {
        create(NAME, new JobSpec(null, null, null, null, null, null, Map.of("team", "not a label!"), null, null));
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/JobRejected"));
        assertThat(condition(status(), "Stalled").orElseThrow().getMessage()).contains("not a label!");

        patchSpec("{\"spec\":{\"job\":null}}");
        awaitReady();
    }

    @Test
    void aPreflightWithoutAPlanIsAFaultThatIsTold() {
        scenario.ends(PhaseRequest.PREFLIGHT, planned(null));
        create();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/InternalError"));
    }
}
