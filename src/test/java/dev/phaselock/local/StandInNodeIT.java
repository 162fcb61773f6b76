package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StandInNodeIT {
    private final KubernetesClient client = TestCluster.client();
    private String namespace = "";

    @BeforeEach
    void newNamespace() {
        namespace = TestCluster.namespace();
    }

    @Test
    void aJobRunsToItsEndAndItsTerminationMessageIsReadFromThePod() {
        client.resource(TestPods.job(namespace, "hello", script("echo seen; printf done > $MESSAGE"))
                        .build())
                .create();

        awaitJobCondition("hello", "Complete");
        Pod pod = TestPods.podOf(client, namespace, "hello").orElseThrow();
        assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded");
        assertThat(pod.getSpec().getNodeName()).isEqualTo(LocalCluster.NODE);
        ContainerStateTerminated end = TestPods.terminated(pod);
        assertThat(end.getExitCode()).isZero();
        assertThat(end.getReason()).isEqualTo("Completed");
        assertThat(end.getMessage()).isEqualTo("done");
        assertThat(Instant.parse(end.getFinishedAt())).isAfterOrEqualTo(Instant.parse(end.getStartedAt()));
        assertThat(client.pods()
                        .inNamespace(namespace)
                        .withName(pod.getMetadata().getName())
                        .getLog())
                .isEqualTo("seen\n");
    }

    @Test
    void ofALongTerminationMessageTheLast4096BytesAreKept() {
        Pod pod = ended(script("printf a > $MESSAGE; for i in $(seq 4096); do printf b; done >> $MESSAGE"));
        assertThat(TestPods.terminated(pod).getMessage()).isEqualTo("b".repeat(4096));
    }

    @Test
    void withoutAMessageTheEndOfTheLogServesWhereThePodAsksForIt() {
        Container container = TestPods.container("echo broken; exit 3")
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .build();
        assertThat(TestPods.terminated(ended(container)).getMessage()).isEqualTo("broken");
    }

    @Test
    void secretsAreFilesOfTheirOwnerAndTheEnvironmentTellsWhere() {
        secret("shop-db", Map.of("user", "ann", "password", "s3cret"));
        Container container = TestPods.container("cd $FOLDER && { cat login/name; cat \"$PASSWORD_FILE\";"
                        + " stat -c %a password; ls -A; echo x > $SCRATCH/y && cat $SCRATCH/y; } > $MESSAGE")
                .addToVolumeMounts(TestPods.mount("db", "/run/db/"))
                .addToVolumeMounts(TestPods.mount("scratch", "/run/db-scratch"))
                .addToEnv(new EnvVar("FOLDER", "/run/db", null))
                .addToEnv(new EnvVar("SCRATCH", "/run/db-scratch", null))
                .addToEnv(new EnvVar("PASSWORD_FILE", "$(FOLDER)/password", null))
                .build();

        Pod pod = ended(
                container,
                builder -> builder.editSpec()
                        .addNewVolume()
                        .withName("db")
                        .withNewProjected()
                        .addNewSource()
                        .withNewSecret()
                        .withName("shop-db")
                        .addToItems(
                                new KeyToPath("user", null, "login/name"), new KeyToPath("password", null, "password"))
                        .endSecret()
                        .endSource()
                        .addNewSource()
                        .withNewSecret()
                        .withName("not-there")
                        .withOptional(true)
                        .endSecret()
                        .endSource()
                        .endProjected()
                        .endVolume()
                        .addNewVolume()
                        .withName("scratch")
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .endVolume()
                        .endSpec());

        assertThat(TestPods.terminated(pod).getMessage()).isEqualTo("anns3cret600\nlogin\npassword\nx\n");
    }

    @Test
    void aSecretVolumeHasAFilePerKeyAndAMissingOptionalOneNone() {
        secret("shop-db", Map.of("user", "ann", "password", "s3cret"));
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("settings")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withData(Map.of("mode", "verify"))
                        .build())
                .create();
        Container container = TestPods.container("ls -A $A $B $C | sed 's#.*/##' > $MESSAGE")
                .addToVolumeMounts(TestPods.mount("a", "/mnt/a"))
                .addToVolumeMounts(TestPods.mount("b", "/mnt/b"))
                .addToVolumeMounts(TestPods.mount("c", "/mnt/c"))
                .addToEnv(new EnvVar("A", "/mnt/a", null))
                .addToEnv(new EnvVar("B", "/mnt/b", null))
                .addToEnv(new EnvVar("C", "/mnt/c", null))
                .build();

        Pod pod = ended(
                container,
                builder -> builder.editSpec()
                        .addNewVolume()
                        .withName("a")
                        .withNewSecret()
                        .withSecretName("shop-db")
                        .endSecret()
                        .endVolume()
                        .addNewVolume()
                        .withName("b")
                        .withNewSecret()
                        .withSecretName("not-there")
                        .withOptional(true)
                        .endSecret()
                        .endVolume()
                        .addNewVolume()
                        .withName("c")
                        .withNewConfigMap()
                        .withName("settings")
                        .endConfigMap()
                        .endVolume()
                        .endSpec());

        assertThat(TestPods.terminated(pod).getMessage()).isEqualTo("a:\npassword\nuser\n\nb:\n\nc:\nmode\n");
    }

    @Test
    void theEnvironmentIsThatOfThePodAndThreeVariablesOfThisMachine() {
        secret("shop-db", Map.of("user", "ann"));
        Container container = TestPods.container("env | sed 's/=.*//' | sort | tr '\\n' ' ' > $MESSAGE;"
                        + " echo \"$POD in $SPACE as $USER_NAME\" >> $MESSAGE")
                .addNewEnv()
                .withName("POD")
                .withNewValueFrom()
                .withNewFieldRef(null, "metadata.name")
                .endValueFrom()
                .endEnv()
                .addNewEnv()
                .withName("SPACE")
                .withNewValueFrom()
                .withNewFieldRef(null, "metadata.namespace")
                .endValueFrom()
                .endEnv()
                .addNewEnv()
                .withName("USER_NAME")
                .withNewValueFrom()
                .withNewSecretKeyRef("user", "shop-db", null)
                .endValueFrom()
                .endEnv()
                .build();

        String message = TestPods.terminated(ended(container)).getMessage();
        assertThat(message).endsWith("pod in " + namespace + " as ann\n");
        assertThat(message.lines().findFirst().orElseThrow().split(" in ", 2)[0].split(" "))
                // PWD is the shell's own.
                .containsOnly("HOME", "JAVA_HOME", "MESSAGE", "PATH", "POD", "PWD", "SPACE", "USER_NAME", "pod");
    }

    @Test
    void aMissingSecretKeepsThePodPendingUntilItIsThere() {
        Container container = TestPods.container("printf $USER_NAME > $MESSAGE")
                .addNewEnv()
                .withName("USER_NAME")
                .withNewValueFrom()
                .withNewSecretKeyRef("user", "shop-db", null)
                .endValueFrom()
                .endEnv()
                .build();
        client.resource(TestPods.pod(namespace, "pod", container).build()).create();

        await().atMost(10, SECONDS).untilAsserted(() -> {
            Pod pod = get("pod");
            assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
            assertThat(pod.getStatus().getContainerStatuses())
                    .singleElement()
                    .extracting(status -> status.getState().getWaiting())
                    .satisfies(waiting -> {
                        assertThat(waiting.getReason()).isEqualTo("CreateContainerConfigError");
                        assertThat(waiting.getMessage()).isEqualTo("secret \"shop-db\" not found");
                    });
        });
        secret("shop-db", Map.of("user", "ann"));
        awaitPhase("pod", "Succeeded");
        assertThat(TestPods.terminated(get("pod")).getMessage()).isEqualTo("ann");
    }

    @Test
    void anExitCodeOfThePodFailurePolicyFailsTheJobAtOnce() {
        client.resource(TestPods.job(namespace, "refused", script("exit 22"))
                        .editSpec()
                        .withBackoffLimit(6)
                        .withNewPodFailurePolicy()
                        .addNewRule()
                        .withAction("FailJob")
                        .withNewOnExitCodes()
                        .withOperator("In")
                        .withValues(21, 22)
                        .endOnExitCodes()
                        .endRule()
                        .endPodFailurePolicy()
                        .endSpec()
                        .build())
                .create();

        Job job = awaitJobCondition("refused", "Failed");
        assertThat(job.getStatus().getConditions()).extracting("reason").contains("PodFailurePolicy");
        assertThat(job.getStatus().getFailed()).isEqualTo(1);
        ContainerStateTerminated end =
                TestPods.terminated(TestPods.podOf(client, namespace, "refused").orElseThrow());
        assertThat(end.getExitCode()).isEqualTo(22);
        assertThat(end.getReason()).isEqualTo("Error");
    }

    @Test
    void logsAreReadWhileItRunsTheLastLineAloneToo() throws Exception {
        create("pod", script("echo one; echo two; while [ ! -e go ]; do sleep 0.05; done; echo three"));
        awaitPhase("pod", "Running");
        await().atMost(5, SECONDS)
                .until(() -> client.pods()
                        .inNamespace(namespace)
                        .withName("pod")
                        .tailingLines(1)
                        .getLog()
                        .equals("two\n"));
        try (LogWatch log = client.pods().inNamespace(namespace).withName("pod").watchLog();
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(log.getOutput(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("one");
            assertThat(lines.readLine()).isEqualTo("two");
            String uid = get("pod").getMetadata().getUid();
            Files.createFile(TestCluster.get()
                    .controlPlane()
                    .folder()
                    .resolve("node-" + LocalCluster.NODE)
                    .resolve("pods")
                    .resolve(uid)
                    .resolve("work")
                    .resolve("go"));
            assertThat(lines.readLine()).isEqualTo("three");
            assertThat(lines.readLine()).isNull();
        }
    }

    @Test
    void aDeletedPodIsToldSoAndItsEndIsReportedBeforeItIsGone() {
        // A finalizer keeps it, so that its end can be read.
        client.resource(TestPods.pod(
                                namespace,
                                "pod",
                                script("trap 'printf told > $MESSAGE; exit 7' TERM; sleep 600 & wait"))
                        .editMetadata()
                        .withFinalizers("phaselock.dev/test")
                        .endMetadata()
                        .build())
                .create();
        awaitPhase("pod", "Running");
        delete("pod", 30);

        awaitPhase("pod", "Failed");
        assertThat(TestPods.terminated(get("pod")).getExitCode()).isEqualTo(7);
        assertThat(TestPods.terminated(get("pod")).getMessage()).isEqualTo("told");
        client.pods()
                .inNamespace(namespace)
                .withName("pod")
                .edit(pod -> new PodBuilder(pod)
                        .editMetadata()
                        .withFinalizers()
                        .endMetadata()
                        .build());
        awaitGone("pod");
    }

    @Test
    void aDeletedPodThatDoesNotListenIsKilledAfterItsGracePeriod() {
        create("pod", script("trap '' TERM; echo $$$$; while :; do sleep 0.1; done"));
        awaitPhase("pod", "Running");
        await().atMost(5, SECONDS)
                .until(() -> !client.pods()
                        .inNamespace(namespace)
                        .withName("pod")
                        .getLog()
                        .isEmpty());
        long pid = Long.parseLong(
                client.pods().inNamespace(namespace).withName("pod").getLog().strip());
        delete("pod", 1);

        awaitGone("pod");
        assertThat(TestPods.runs(pid)).isFalse();
    }

    @Test
    void aDeletedJobTakesItsPodAlong() {
        client.resource(TestPods.job(namespace, "long", script("exec sleep 600"))
                        .build())
                .create();
        await().atMost(10, SECONDS)
                .until(() -> TestPods.podOf(client, namespace, "long")
                        .filter(pod -> pod.getStatus().getPhase().equals("Running"))
                        .isPresent());
        client.batch().v1().jobs().inNamespace(namespace).withName("long").delete();
        await().atMost(10, SECONDS)
                .until(() -> TestPods.podOf(client, namespace, "long").isEmpty());
    }

    @Test
    void aPodThatWaitsForASecretCanBeDeleted() {
        Container container = TestPods.container("true")
                .addNewEnv()
                .withName("USER_NAME")
                .withNewValueFrom()
                .withNewSecretKeyRef("user", "not-there", null)
                .endValueFrom()
                .endEnv()
                .build();
        create("pod", container);
        await().atMost(10, SECONDS)
                .until(() -> !get("pod").getStatus().getContainerStatuses().isEmpty());
        delete("pod", 30);
        awaitGone("pod");
    }

    @Test
    void aPodThatRunsLongerThanItMayIsEnded() {
        create(
                "pod",
                script("trap 'exit 0' TERM; sleep 600 & wait"),
                builder -> builder.editSpec().withActiveDeadlineSeconds(1L).endSpec());

        awaitPhase("pod", "Failed");
        assertThat(get("pod").getStatus().getReason()).isEqualTo("DeadlineExceeded");
    }

    @Test
    void whatAContainerLeavesBehindEndsWithIt() {
        Pod pod = ended(script("sleep 600 & printf $! > $MESSAGE"));
        long left = Long.parseLong(TestPods.terminated(pod).getMessage());
        await().atMost(5, SECONDS).until(() -> !TestPods.runs(left));
    }

    @Test
    void aProgramThatIsNotThereFailsThePodWithTheCodeOfAKubelet() {
        Container container = TestPods.container("").withCommand("/not/there").build();
        ContainerStateTerminated end = TestPods.terminated(ended(container));
        assertThat(end.getExitCode()).isEqualTo(128);
        assertThat(end.getReason()).isEqualTo("StartError");
        assertThat(end.getMessage()).contains("/not/there");
    }

    @Test
    void whatAStandInDoesNotDoIsRefusedAndSaid() {
        create(
                "pod",
                script("true"),
                builder -> builder.editSpec()
                        .addToContainers(
                                TestPods.container("true").withName("second").build())
                        .endSpec());
        awaitPhase("pod", "Failed");
        assertThat(get("pod").getStatus().getReason()).isEqualTo("Unsupported");
        assertThat(get("pod").getStatus().getMessage()).contains("more than one container");
    }

    @Test
    void aPodForAnotherKindOfNodeStaysPending() {
        create(
                "elsewhere",
                script("true"),
                builder -> builder.editSpec().addToNodeSelector("disk", "ssd").endSpec());
        ended(script("true"));
        assertThat(get("elsewhere").getSpec().getNodeName()).isNull();
    }

    @Test
    void podSecurityAdmissionRefusesWhatANamespaceForbids() {
        client.namespaces().withName(namespace).edit(space -> {
            space.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", "restricted");
            return space;
        });
        client.resource(TestPods.job(namespace, "loose", script("true")).build())
                .create();
        await().atMost(10, SECONDS)
                .until(() -> client.v1().events().inNamespace(namespace).list().getItems().stream()
                        .anyMatch(event ->
                                event.getMessage() != null && event.getMessage().contains("violates PodSecurity")));
    }

    private static Container script(String script) {
        return TestPods.container(script).build();
    }

    private void create(String name, Container container) {
        create(name, container, builder -> builder);
    }

    private void create(String name, Container container, UnaryOperator<PodBuilder> change) {
        client.resource(change.apply(TestPods.pod(namespace, name, container)).build())
                .create();
    }

    private Pod ended(Container container) {
        return ended(container, builder -> builder);
    }

    private Pod ended(Container container, UnaryOperator<PodBuilder> change) {
        create("pod", container, change);
        await().atMost(20, SECONDS)
                .until(() -> TestPods.phase(client, namespace, "pod").equals("Succeeded")
                        || TestPods.phase(client, namespace, "pod").equals("Failed"));
        return get("pod");
    }

    private Pod get(String name) {
        return client.pods().inNamespace(namespace).withName(name).require();
    }

    private void delete(String name, long graceSeconds) {
        client.pods()
                .inNamespace(namespace)
                .withName(name)
                .withGracePeriod(graceSeconds)
                .delete();
    }

    private void secret(String name, Map<String, String> values) {
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withStringData(values)
                        .build())
                .create();
    }

    private void awaitPhase(String name, String phase) {
        await().atMost(20, SECONDS)
                .untilAsserted(() ->
                        assertThat(TestPods.phase(client, namespace, name)).isEqualTo(phase));
    }

    private void awaitGone(String name) {
        await().atMost(20, SECONDS)
                .until(() -> client.pods().inNamespace(namespace).withName(name).get() == null);
    }

    private Job awaitJobCondition(String name, String type) {
        return client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(name)
                .waitUntilCondition(
                        job -> job != null
                                && job.getStatus().getConditions().stream()
                                        .anyMatch(
                                                condition -> condition.getType().equals(type)
                                                        && condition.getStatus().equals("True")),
                        20,
                        SECONDS);
    }
}
