package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
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
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real control plane with a stand-in node and a script in the runner's place, for the tests that extend it. Each class
 * has its own, and each test a namespace.
 */
abstract class ClusterBed {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    static final String NAME = "orders-total";

    @TempDir
    static Path folder;

    static FakeRunner runner;
    static LocalCluster cluster;
    static KubernetesClient client;
    String namespace;
    Scenario scenario;

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
    }

    @AfterAll
    static void stopCluster() throws Exception {
        client.close();
        cluster.delete();
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
    static Namespace namespace(String name) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build();
    }

    /** All goes well: preflight, verify, apply, validate. */
    Scenario scenario(String name) {
        return runner.of(namespace, name)
                .ends(PhaseRequest.PREFLIGHT, planned(plan("h1", false, false, false)))
                .ends("1-verify", done())
                .ends("1-apply", done())
                .ends("1-validate", done());
    }

    SchemaChange create() {
        return create(NAME);
    }

    SchemaChange create(String name) {
        return create(name, null);
    }

    SchemaChange create(String name, JobSpec job) {
        var change = new SchemaChange();
        change.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        SchemaChangeSpec spec = ChangeWorld.spec(false, Gate.VALIDATED);
        change.setSpec(new SchemaChangeSpec(
                spec.database(),
                spec.changes(),
                spec.sql(),
                spec.sqlFrom(),
                spec.locks(),
                spec.validation(),
                null,
                spec.suspend(),
                null,
                null,
                job,
                null));
        return client.resource(change).create();
    }

    SchemaChangeStatus status() {
        return status(NAME);
    }

    SchemaChangeStatus status(String name) {
        return client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(name)
                .require()
                .getStatus();
    }

    static Optional<Condition> condition(SchemaChangeStatus status, String type) {
        return Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    static String says(SchemaChangeStatus status, String type) {
        return condition(status, type)
                .map(condition -> condition.getStatus() + "/" + condition.getReason())
                .orElse("-");
    }

    void awaitStatus(String name, Predicate<SchemaChangeStatus> condition) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .alias("the status of " + name)
                .until(() -> status(name), condition);
    }

    void awaitReady(String name) {
        awaitStatus(name, status -> says(status, "Ready").equals("True/Succeeded"));
    }

    void awaitReady() {
        awaitReady(NAME);
    }

    void patchSpec(String json) {
        client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }

    List<Job> jobs() {
        return client.batch().v1().jobs().inNamespace(namespace).list().getItems();
    }

    List<Pod> livingPods() {
        return client.pods().inNamespace(namespace).list().getItems().stream()
                .filter(pod -> !JobObserver.ended(pod))
                .toList();
    }

    List<String> events() {
        return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().equals("SchemaChange"))
                .sorted(Comparator.comparing(event -> event.getEventTime().getTime()))
                .map(Event::getReason)
                .toList();
    }
}
