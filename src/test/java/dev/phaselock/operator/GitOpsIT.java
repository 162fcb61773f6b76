package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.violated;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.operator.GitOps.Verdict;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Argo CD, Flux and {@code kubectl wait} make of a change in every state that it can be in. */
class GitOpsIT extends OperatorBed {
    private static GitOps gitOps;

    @BeforeAll
    static void build() {
        gitOps = GitOps.build(folder);
    }

    private Verdict verdict() {
        return gitOps.of(client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .require());
    }

    private Kubectl.Answer waitFor(String condition, String timeout) {
        return Kubectl.run(
                cluster.kubeconfig(),
                "",
                "wait",
                "-n",
                namespace,
                "--for=" + condition,
                "--timeout=" + timeout,
                "schemachange/" + NAME);
    }

    private void awaitStep(String step) {
        awaitStatus(NAME, status -> step.equals(status.step()));
    }

    @Test
    void oneThatTheOperatorHasNotSeenIsUnderWay() throws Exception {
        operator.close();
        try {
            create();
            assertThat(verdict()).isEqualTo(new Verdict("Progressing", "Waiting for Phaselock", "InProgress"));
        } finally {
            startOperator();
        }
        awaitReady();
        operator.close();
        try {
            patchSpec("{\"spec\":{\"validation\":{\"sample\":3}}}");
            assertThat(verdict()).isEqualTo(new Verdict("Progressing", "Waiting for Phaselock", "InProgress"));
            assertThat(waitFor("condition=Ready", "1s").exitCode())
                    .as("what was ready was another version of it")
                    .isEqualTo(1);
        } finally {
            startOperator();
        }
        awaitStatus(NAME, status -> status.observedGeneration() == 2);
        assertThat(verdict().argo()).isEqualTo("Healthy");
    }

    @Test
    void preflightWaitingForALockAndRetryingAreUnderWay() {
        scenario.holds(PhaseRequest.PREFLIGHT).prints("1-apply", waiting(7)).holds("1-apply");
        create();
        awaitStep("Preflight");
        assertThat(verdict().argo()).isEqualTo("Progressing");
        assertThat(verdict().flux()).isEqualTo("InProgress");

        scenario.letsGo(PhaseRequest.PREFLIGHT);
        awaitStep("WaitingForLock");
        assertThat(verdict().argo()).isEqualTo("Progressing");
        assertThat(verdict().argoMessage()).startsWith("WaitingForLock: ");
        assertThat(verdict().flux()).isEqualTo("InProgress");

        scenario.ends("1-apply", result(Outcome.TRANSIENT, Reason.RETRYING_CONNECTION, "The server shut down."))
                .letsGo("1-apply");
        awaitStatus(NAME, status -> status.failures() != null && status.failures() >= 2);
        assertThat(verdict().argo()).isEqualTo("Progressing");
        assertThat(verdict().flux()).isEqualTo("InProgress");
    }

    @Test
    void whatNeedsAPersonIsDegradedAndTheRestOfTheWayIsHealthy() {
        scenario.ends("1-verify", violated(42));
        create();
        assertThat(waitFor("condition=Stalled", "60s").exitCode()).isZero();
        assertThat(verdict().argo()).isEqualTo("Degraded");
        assertThat(verdict().argoMessage()).startsWith("ConstraintViolated: ");
        assertThat(verdict().flux()).isEqualTo("Failed");

        scenario.ends("1-verify", done());
        assertThat(waitFor("condition=Ready", "120s").exitCode()).isZero();
        assertThat(verdict().argo()).isEqualTo("Healthy");
        assertThat(verdict().flux()).isEqualTo("Current");
    }

    @Test
    void suspendedIsSuspended() {
        scenario.holds("1-verify");
        create();
        awaitStep("Verifying");
        patchSpec("{\"spec\":{\"suspend\":true}}");
        awaitStep("Suspended");
        assertThat(verdict().argo()).isEqualTo("Suspended");
        assertThat(verdict().flux()).isEqualTo("InProgress");
    }

    @Test
    void aPlanThatWaitsForAnApprovalIsSuspendedUntilItHasIt() {
        scenario.holds(PhaseRequest.PREFLIGHT);
        create();
        patchSpec("{\"spec\":{\"approval\":\"Manual\"}}");
        scenario.letsGo(PhaseRequest.PREFLIGHT);
        assertThat(waitFor("condition=Approved=False", "60s").exitCode()).isZero();
        assertThat(verdict().argo()).isEqualTo("Suspended");
        assertThat(verdict().argoMessage()).startsWith("AwaitingApproval: ").contains("h1");
        assertThat(verdict().flux()).isEqualTo("InProgress");
        assertThat(scenario.calls()).containsOnly(PhaseRequest.PREFLIGHT);

        patchSpec("{\"spec\":{\"approvedPlan\":\"h1\"}}");
        assertThat(waitFor("condition=Ready", "60s").exitCode()).isZero();
        assertThat(verdict().argo()).isEqualTo("Healthy");
    }

    @Test
    void withTheGateAppliedTheWaveGoesOnWhileExistingRowsAreChecked() {
        scenario.holds(PhaseRequest.PREFLIGHT).holds("1-validate");
        create();
        patchSpec("{\"spec\":{\"validation\":{\"gate\":\"Applied\"}}}");
        scenario.letsGo(PhaseRequest.PREFLIGHT);
        assertThat(waitFor("condition=Ready", "60s").exitCode()).isZero();
        assertThat(says(status(), "Validated")).startsWith("False");
        assertThat(verdict().argo()).isEqualTo("Healthy");
        assertThat(verdict().flux()).isEqualTo("Current");

        scenario.ends("1-validate", violated(42)).letsGo("1-validate");
        awaitStatus(NAME, status -> says(status, "Validated").equals("False/ConstraintViolated"));
        assertThat(verdict().argo())
                .as("the application was rolled out long ago")
                .isEqualTo("Healthy");

        scenario.ends("1-validate", done());
        assertThat(waitFor("condition=Validated", "120s").exitCode()).isZero();
    }

    @Test
    void oneThatIsBeingDeletedIsUnderWay() {
        scenario.holds("1-apply");
        create();
        awaitStep("Applying");
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-apply"));
        // Held up as by a foreground deletion: so it is seen before it is gone.
        client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .edit(change -> {
                    change.addFinalizer("example.com/held");
                    return change;
                });
        client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .delete();
        try {
            assertThat(verdict().argo()).isEqualTo("Progressing");
            assertThat(verdict().flux()).isEqualTo("Terminating");
        } finally {
            client.resources(SchemaChange.class)
                    .inNamespace(namespace)
                    .withName(NAME)
                    .edit(change -> {
                        change.removeFinalizer("example.com/held");
                        return change;
                    });
        }
    }

    @Test
    void oneThatIsUndoneIsUnderWayAndDegradedWhenAPersonIsNeeded() {
        scenario.holds(PhaseRequest.PREFLIGHT);
        create();
        patchSpec("{\"spec\":{\"deletionPolicy\":\"Revert\",\"changes\":[{\"addCheck\":"
                + "{\"table\":\"orders\",\"name\":\"c\",\"expression\":\"total >= 0\"}}]}}");
        PlanSummary plan = plan("h1", false, false, false);
        scenario.ends(
                        PhaseRequest.PREFLIGHT,
                        planned(new PlanSummary(
                                plan.hash(),
                                plan.target(),
                                plan.label(),
                                plan.relations(),
                                plan.phases(),
                                List.of("0.0"))))
                .letsGo(PhaseRequest.PREFLIGHT);
        awaitStep("Ready");
        scenario.holds(PhaseRequest.PREFLIGHT);
        var change = client.resources(SchemaChange.class).inNamespace(namespace).withName(NAME);
        change.delete();
        awaitStep("Reverting");
        assertThat(verdict().argo()).isEqualTo("Progressing");
        assertThat(verdict().argoMessage()).startsWith("Reverting: ");
        assertThat(verdict().flux()).isEqualTo("Terminating");

        scenario.ends(PhaseRequest.PREFLIGHT, result(Outcome.REFUSED, Reason.PERMISSION_DENIED, "It may not."))
                .letsGo(PhaseRequest.PREFLIGHT);
        awaitStep("Stalled");
        assertThat(verdict().argo()).isEqualTo("Degraded");
        assertThat(verdict().argoMessage()).startsWith("PermissionDenied: ").contains("deletionPolicy to Retain");
        patchSpec("{\"spec\":{\"deletionPolicy\":\"Retain\"}}");
        await().atMost(Duration.ofSeconds(30)).until(() -> change.get() == null);
    }

    @Test
    void createdAgainItAdoptsWhatIsThereAndRunsNothing() {
        scenario.ends(PhaseRequest.PREFLIGHT, planned(plan("h1", true, true, true)));
        create();
        assertThat(waitFor("condition=Ready", "60s").exitCode()).isZero();
        assertThat(scenario.calls()).containsExactly(PhaseRequest.PREFLIGHT);
        assertThat(verdict().argo()).isEqualTo("Healthy");
        assertThat(verdict().flux()).isEqualTo("Current");
    }
}
