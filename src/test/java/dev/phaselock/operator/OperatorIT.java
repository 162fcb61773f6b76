package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static dev.phaselock.operator.Results.violated;
import static dev.phaselock.operator.Results.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.JobSpec;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.local.LocalCluster;
import dev.phaselock.local.TestCluster;
import dev.phaselock.operator.FakeRunner.Scenario;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real operator on a real control plane, with a script in the runner's place: what the status says, which Jobs there
 * are, and that it does not matter when the operator ends and another one goes on.
 */
class OperatorIT {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final String NAME = "orders-total";

    @TempDir
    private static Path folder;

    private static FakeRunner runner;
    private static LocalCluster cluster;
    private static KubernetesClient client;
    private static OperatorUnderTest operator;

    private String namespace;
    private Scenario scenario;

    @BeforeAll
    static void startCluster() throws Exception {
        runner = new FakeRunner(folder);
        cluster = LocalCluster.start(TestCluster.binaries(), folder.resolve("cluster"), runner.entrypoint());
        client = cluster.newClient();
        client.resource(namespace(OperatorUnderTest.NAMESPACE)).create();
        for (String manifests : List.of("deploy/crds", "deploy/operator")) {
            try (Stream<Path> files = Files.list(Path.of(manifests))) {
                for (Path file : files.toList()) {
                    try (InputStream content = Files.newInputStream(file)) {
                        client.load(content).serverSideApply();
                    }
                }
            }
        }
        await().ignoreExceptions()
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        client.resources(SchemaChange.class).inAnyNamespace().list() != null);
        startOperator();
    }

    @AfterAll
    static void stopCluster() throws Exception {
        operator.close();
        client.close();
        cluster.delete();
    }

    private static void startOperator() throws Exception {
        operator = OperatorUnderTest.start(cluster.controlPlane(), client, 3, 2);
    }

    @BeforeEach
    void makeNamespace() {
        namespace = "shop-" + NAMESPACES.incrementAndGet();
        client.resource(namespace(namespace)).create();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> client.serviceAccounts()
                                .inNamespace(namespace)
                                .withName("default")
                                .get()
                        != null);
        scenario = scenario(NAME);
    }

    /** So that no test's Jobs take another's slots. */
    @AfterEach
    void deleteChanges() {
        client.resources(SchemaChange.class).inNamespace(namespace).delete();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> client.resources(SchemaChange.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems()
                        .isEmpty());
    }

    /** Takes only pods that the restricted Pod Security Standard allows. */
    private static Namespace namespace(String name) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build();
    }

    /** All goes well: preflight, verify, apply, validate. */
    private Scenario scenario(String name) {
        return runner.of(namespace, name)
                .ends(PhaseRequest.PREFLIGHT, planned(plan("h1", false, false, false)))
                .ends("1-verify", done())
                .ends("1-apply", done())
                .ends("1-validate", done());
    }

    private SchemaChange create() {
        return create(NAME);
    }

    private SchemaChange create(String name) {
        return create(name, null);
    }

    private SchemaChange create(String name, JobSpec job) {
        var change = new SchemaChange();
        change.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        SchemaChangeSpec spec = ChangeWorld.spec(false, Gate.VALIDATED);
        change.setSpec(new SchemaChangeSpec(
                spec.database(), spec.changes(), spec.locks(), spec.validation(), spec.suspend(), job));
        return client.resource(change).create();
    }

    private SchemaChangeStatus status() {
        return status(NAME);
    }

    private SchemaChangeStatus status(String name) {
        return client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(name)
                .require()
                .getStatus();
    }

    private static Optional<Condition> condition(SchemaChangeStatus status, String type) {
        return Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    private static String says(SchemaChangeStatus status, String type) {
        return condition(status, type)
                .map(condition -> condition.getStatus() + "/" + condition.getReason())
                .orElse("-");
    }

    private void awaitStatus(String name, Predicate<SchemaChangeStatus> condition) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .alias("the status of " + name)
                .until(() -> status(name), condition);
    }

    private void awaitReady(String name) {
        awaitStatus(name, status -> says(status, "Ready").equals("True/Succeeded"));
    }

    private void awaitReady() {
        awaitReady(NAME);
    }

    private void patchSpec(String json) {
        client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }

    private List<Job> jobs() {
        return client.batch().v1().jobs().inNamespace(namespace).list().getItems();
    }

    private List<Pod> livingPods() {
        return client.pods().inNamespace(namespace).list().getItems().stream()
                .filter(pod -> !JobObserver.ended(pod))
                .toList();
    }

    private List<String> events() {
        return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().equals("SchemaChange"))
                .sorted(Comparator.comparing(event -> event.getEventTime().getTime()))
                .map(Event::getReason)
                .toList();
    }

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
        assertThat(events()).containsExactly("Accepted", "Applied", "Succeeded");
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
    void aFinishedChangeIsNotWrittenAgain() {
        create();
        awaitReady();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> jobs().stream().allMatch(job -> job.getSpec().getTtlSecondsAfterFinished() != null));
        String version = version();

        restart();
        await().during(Duration.ofSeconds(3))
                .atMost(Duration.ofSeconds(5))
                .until(() -> version().equals(version));
        assertThat(scenario.calls()).hasSize(4);
    }

    private String version() {
        return client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .require()
                .getMetadata()
                .getResourceVersion();
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
                status -> "Suspended".equals(status.step()) && livingPods().isEmpty());
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
    void whatIsPlannedCannotBeEditedOnceItHasBegun() {
        scenario.holds("1-apply");
        create();
        awaitStatus(NAME, status -> Boolean.TRUE.equals(status.begun()));

        assertThat(catchThrowableOfType(
                        KubernetesClientException.class,
                        () -> patchSpec("{\"spec\":{\"database\":{\"name\":\"other\"}}}")))
                .hasMessageContaining("spec.changes and spec.database cannot be edited");
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

    private static void restart() {
        operator.close();
        try {
            startOperator();
        } catch (Exception e) {
            throw new AssertionError("the operator does not start again", e);
        }
    }

    @Test
    void itSurvivesItsOperatorsEndInEveryPhase() {
        for (String phase : List.of(PhaseRequest.PREFLIGHT, "1-verify", "1-apply", "1-validate")) {
            scenario.holds(phase);
        }
        create();
        for (String phase : List.of(PhaseRequest.PREFLIGHT, "1-verify", "1-apply", "1-validate")) {
            await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains(phase));
            restart();
            scenario.letsGo(phase);
        }
        awaitReady();

        assertThat(scenario.calls())
                .as("each phase once: nothing is started again for an operator's sake")
                .containsExactly("preflight", "1-verify", "1-apply", "1-validate");
    }

    @Test
    void aResultThatCameWhileNoOperatorWorkedIsFound() {
        scenario.holds("1-apply");
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-apply"));
        operator.close();
        scenario.letsGo("1-apply");
        await().atMost(Duration.ofSeconds(30)).until(() -> livingPods().isEmpty());
        restart();
        awaitReady();

        assertThat(scenario.calls()).containsExactly("preflight", "1-verify", "1-apply", "1-validate");
    }

    @Test
    void aJobThatSomebodyDeletedIsMadeAgain() {
        scenario.holds("1-apply");
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-apply"));
        client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(status().phases().get(2).job())
                .delete();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> scenario.calls().stream().filter("1-apply"::equals).count() == 2);
        scenario.letsGo("1-apply");
        awaitReady();
    }

    @Test
    void noMoreRunThanMayAndTheRestFollowInTheirOrder() {
        List<String> names = IntStream.range(0, 6).mapToObj(i -> "change-" + i).toList();
        for (String name : names) {
            String table = "public.t_" + name.replace('-', '_');
            scenario(name)
                    .ends(PhaseRequest.PREFLIGHT, planned(onePhase("h-" + name, table)))
                    .ends("1-apply", done())
                    .holds("1-apply");
            create(name);
        }
        // Two on the one database; the others are told to wait.
        await().atMost(Duration.ofSeconds(60)).until(() -> applying(names).size() == 2);
        awaitStatus(names.getLast(), status -> "Queued".equals(status.step()) || "Applying".equals(status.step()));
        await().during(Duration.ofSeconds(3))
                .atMost(Duration.ofSeconds(10))
                .until(() -> livingPods().size() <= 2 && applying(names).size() == 2);
        restart();
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(10))
                .until(() -> livingPods().size() <= 2);

        for (String name : names) {
            runner.of(namespace, name).letsGo("1-apply");
        }
        names.forEach(this::awaitReady);
        for (String name : names) {
            assertThat(runner.of(namespace, name).calls()).containsExactly("preflight", "1-apply");
        }
    }

    @Test
    void twoChangesOfOneTableFollowEachOther() {
        List<String> names = List.of("first", "second");
        for (String name : names) {
            scenario(name)
                    .ends(PhaseRequest.PREFLIGHT, planned(onePhase("h-" + name, "public.orders")))
                    .ends("1-apply", done())
                    .holds("1-apply");
            create(name);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> applying(names).size() == 1);
        String running = applying(names).getFirst();
        String other = names.get(1 - names.indexOf(running));
        awaitStatus(other, status -> "Queued".equals(status.step()));
        assertThat(condition(status(other), "Ready").orElseThrow().getMessage())
                .contains(namespace + "/" + running)
                .contains("public.orders");
        assertThat(says(status(other), "Reconciling")).isEqualTo("True/Queued");

        runner.of(namespace, running).letsGo("1-apply");
        awaitReady(running);
        await().atMost(Duration.ofSeconds(30)).until(() -> applying(names).equals(List.of(other)));
        runner.of(namespace, other).letsGo("1-apply");
        awaitReady(other);
    }

    private static PlanSummary onePhase(String hash, String table) {
        return new PlanSummary(
                hash,
                table,
                "add check",
                List.of(table),
                List.of(new PhaseSummary("1-apply", PhaseType.APPLY, "add", false, List.of(), List.of())));
    }

    /** The changes whose apply phase runs. */
    private List<String> applying(List<String> names) {
        List<String> applying = new ArrayList<>();
        for (String name : names) {
            SchemaChangeStatus status = status(name);
            if (runner.of(namespace, name).calls().contains("1-apply") && !"Ready".equals(status.step())) {
                applying.add(name);
            }
        }
        return applying;
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
    void aResultThatWasLostWithItsPodIsLookedForAgain() {
        scenario.holds("1-apply");
        create();
        await().atMost(Duration.ofSeconds(30)).until(() -> scenario.calls().contains("1-apply"));
        operator.close();
        scenario.letsGo("1-apply");
        await().atMost(Duration.ofSeconds(30)).until(() -> jobs().stream().allMatch(JobObserver::ended));
        client.pods().inNamespace(namespace).delete();
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        client.pods().inNamespace(namespace).list().getItems().isEmpty());
        restart();
        awaitReady();

        assertThat(scenario.calls()).containsExactly("preflight", "1-verify", "1-apply", "1-apply", "1-validate");
    }

    @Test
    void aPreflightWithoutAPlanIsAFaultThatIsTold() {
        scenario.ends(PhaseRequest.PREFLIGHT, planned(null));
        create();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/InternalError"));
    }
}
