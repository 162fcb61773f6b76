package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ConfigMapKeyReference;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.JobSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SecretKeyReference;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.api.Verified;
import dev.phaselock.operator.Decision.JobOrder;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobFactoryTest {
    private static final OperatorSettings SETTINGS =
            new OperatorSettings("example.org/phaselock:1", 50, 4, Duration.ofMinutes(10));
    private static final JobOrder APPLY = new JobOrder(
            "orders-total-0badcafe-1-apply-2",
            "1-apply",
            PhaseType.APPLY,
            2,
            "h1",
            new LockReport(3, 1500, 12, 2, 40, 60),
            1500,
            120,
            new Verified("public.orders", 2048L),
            List.of("public.customers", "public.orders"),
            null,
            null);

    private final JobFactory factory = new JobFactory(SETTINGS);

    @Test
    void thePodIsTakenByANamespaceThatEnforcesTheRestrictedStandard() {
        var pod = job(null, null).getSpec().getTemplate().getSpec();

        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        var container = container(job(null, null));
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    }

    @Test
    void thePodGetsNoTokenAndNoServicesInItsEnvironment() {
        var pod = job(null, null).getSpec().getTemplate().getSpec();

        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getEnableServiceLinks()).isFalse();
        assertThat(pod.getRestartPolicy()).isEqualTo("Never");
        assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(15);
    }

    @Test
    void theRunnersOwnExitCodesEndTheJobBeforeADisruptionIsIgnored() {
        var spec = job(null, null).getSpec();

        assertThat(spec.getBackoffLimit()).isEqualTo(2);
        assertThat(spec.getPodReplacementPolicy()).isEqualTo("Failed");
        assertThat(spec.getTtlSecondsAfterFinished()).isNull();
        var rules = spec.getPodFailurePolicy().getRules();
        assertThat(rules.get(0).getAction()).isEqualTo("FailJob");
        assertThat(rules.get(0).getOnExitCodes().getContainerName()).isEqualTo("phase");
        assertThat(rules.get(0).getOnExitCodes().getValues()).containsExactly(20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
        assertThat(rules.get(1).getAction()).isEqualTo("Ignore");
        assertThat(rules.get(1).getOnPodConditions().getFirst().getType()).isEqualTo("DisruptionTarget");
    }

    @Test
    void theRequestSaysWhatToDoAndWhatWasSpentAlready() {
        PhaseRequest request =
                ResultJson.read(environment(job(null, null)).get("PHASELOCK_REQUEST"), PhaseRequest.class);

        assertThat(request.change()).isEqualTo("shop/orders-total");
        assertThat(request.phase()).isEqualTo("1-apply");
        assertThat(request.planHash()).isEqualTo("h1");
        assertThat(request.waitedMillis()).isEqualTo(1500);
        assertThat(request.delayedMillis()).isEqualTo(120);
        assertThat(request.verified()).isEqualTo(new Verified("public.orders", 2048L));
        assertThat(request.locks()).isEqualTo(LocksSpec.DEFAULT);
        assertThat(request.changes()).hasSize(1);
    }

    @Test
    void whatKubernetesWouldExpandInAnExpressionIsWrittenSoThatItDoesNot() {
        var change = change(null, null);
        change.setSpec(ResultJson.read("""
                {"database": {"secretRef": {"name": "shop-db-app"}},
                 "changes": [{"addCheck": {"table": "t", "expression": "a <> '$(PATH) $$ $'"}}]}
                """, SchemaChangeSpec.class));

        // $$ stands for a dollar sign, and a name behind one is then no reference.
        assertThat(environment(factory.job(change, APPLY)).get("PHASELOCK_REQUEST"))
                .contains("a <> '$$(PATH) $$$$ $$'");
    }

    @Test
    void theRequestIsAsciiForAContainerHasNoLocale() {
        var change = change(null, null);
        change.setSpec(ResultJson.read("""
                {"database": {"secretRef": {"name": "shop-db-app"}},
                 "changes": [{"addCheck": {"table": "t", "expression": "a <> 'é\ud83d\ude00'"}}]}
                """, SchemaChangeSpec.class));

        String request = environment(factory.job(change, APPLY)).get("PHASELOCK_REQUEST");
        assertThat(request).matches("\\p{ASCII}*");
        assertThat(ResultJson.read(request, PhaseRequest.class).changes())
                .isEqualTo(change.getSpec().changes());
    }

    @Test
    void theRequestLeavesThePhaseTheResultAndTheSecretsFolderToTheRunner() {
        Job job = job(null, null);
        Container container = container(job);

        assertThat(container.getArgs()).containsExactly("phase");
        assertThat(container.getCommand()).isEmpty();
        assertThat(container.getImage()).isEqualTo("example.org/phaselock:1");
        assertThat(environment(job))
                .containsEntry("PHASELOCK_SECRET_DIR", "/etc/phaselock/database")
                .containsEntry("PHASELOCK_RESULT", container.getTerminationMessagePath())
                .doesNotContainKey("PHASELOCK_CA_FILE");
        assertThat(container.getTerminationMessagePolicy()).isEqualTo("File");
    }

    @Test
    void secretsAreMountedAndMayBeMissing() {
        var tls = new TlsSpec(TlsSpec.Mode.VERIFY_FULL, new SecretKeyReference("shop-ca", "root.pem"), null, null);
        Job job = job(null, tls);

        assertThat(environment(job)).containsEntry("PHASELOCK_CA_FILE", "/etc/phaselock/ca/root.pem");
        assertThat(job.getSpec().getTemplate().getSpec().getVolumes())
                .filteredOn(volume -> volume.getSecret() != null)
                .allSatisfy(
                        volume -> assertThat(volume.getSecret().getOptional()).isTrue())
                .extracting(volume -> volume.getSecret().getSecretName())
                .containsExactly("shop-db-app", "shop-ca");
        assertThat(container(job).getVolumeMounts())
                .filteredOn(mount -> !mount.getName().equals("tmp"))
                .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    }

    @Test
    void aCaOfAConfigMapAndAClientCertificateAreMountedAndMayBeMissing() {
        var tls = new TlsSpec(
                null, null, new ConfigMapKeyReference("bundle", "roots.pem"), new SecretReference("shop-client"));
        Job job = job(null, tls);

        assertThat(environment(job))
                .containsEntry("PHASELOCK_CA_FILE", "/etc/phaselock/ca/roots.pem")
                .containsEntry("PHASELOCK_CLIENT_CERTIFICATE_DIR", "/etc/phaselock/client");
        var volumes = job.getSpec().getTemplate().getSpec().getVolumes();
        assertThat(volumes)
                .filteredOn(volume -> volume.getName().equals("ca"))
                .singleElement()
                .satisfies(volume -> {
                    assertThat(volume.getConfigMap().getName()).isEqualTo("bundle");
                    assertThat(volume.getConfigMap().getOptional()).isTrue();
                    assertThat(volume.getConfigMap().getItems().getFirst().getKey())
                            .isEqualTo("roots.pem");
                });
        assertThat(volumes)
                .filteredOn(volume -> volume.getName().equals("client-certificate"))
                .singleElement()
                .satisfies(volume -> {
                    assertThat(volume.getSecret().getSecretName()).isEqualTo("shop-client");
                    assertThat(volume.getSecret().getOptional()).isTrue();
                });
        assertThat(container(job).getVolumeMounts())
                .filteredOn(mount -> !mount.getName().equals("tmp"))
                .hasSize(3)
                .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    }

    @Test
    void theJobBelongsToItsChangeAndSaysWhatTheLimitsNeed() {
        Job job = job(null, null);

        assertThat(job.getMetadata().getName()).isEqualTo(APPLY.name());
        assertThat(job.getMetadata().getNamespace()).isEqualTo("shop");
        assertThat(job.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getController()).isTrue();
            assertThat(owner.getUid()).isEqualTo("uid-1");
            assertThat(owner.getKind()).isEqualTo("SchemaChange");
            assertThat(owner.getApiVersion()).isEqualTo("phaselock.dev/v1alpha1");
        });
        assertThat(Claims.of(job).relations()).containsExactlyInAnyOrder("public.customers", "public.orders");
        assertThat(Claims.of(job).database()).isEqualTo("shop/shop-db-app");
        assertThat(Claims.of(job).uid()).isEqualTo("uid-1");
    }

    @Test
    void everythingOfSpecJobReachesThePodButTheOperatorsLabelsAreItsOwn() {
        var affinity =
                new AffinityBuilder().withNewPodAffinity().endPodAffinity().build();
        var resources = new ResourceRequirementsBuilder()
                .addToLimits("memory", new Quantity("256Mi"))
                .build();
        Toleration toleration = new TolerationBuilder()
                .withKey("node.kubernetes.io/unreachable")
                .withOperator("Exists")
                .withEffect("NoExecute")
                .withTolerationSeconds(5L)
                .build();
        Job job = job(
                new JobSpec(
                        resources,
                        Map.of("disk", "fast"),
                        List.of(toleration),
                        affinity,
                        "runner",
                        List.of(new LocalObjectReference("pull")),
                        Map.of("kueue.x-k8s.io/queue-name", "db", Labels.PHASE, "mine", Labels.MANAGED_BY, "me"),
                        Map.of("example.org/note", "x", Labels.RELATIONS, "[]"),
                        "high"),
                null);
        var pod = job.getSpec().getTemplate().getSpec();

        assertThat(container(job).getResources()).isEqualTo(resources);
        assertThat(pod.getNodeSelector()).containsEntry("disk", "fast");
        assertThat(pod.getAffinity()).isEqualTo(affinity);
        assertThat(pod.getServiceAccountName()).isEqualTo("runner");
        assertThat(pod.getImagePullSecrets()).containsExactly(new LocalObjectReference("pull"));
        assertThat(pod.getPriorityClassName()).isEqualTo("high");
        assertThat(pod.getTolerations())
                .contains(toleration)
                .extracting(Toleration::getKey)
                .containsExactly("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready");
        for (var metadata :
                List.of(job.getMetadata(), job.getSpec().getTemplate().getMetadata())) {
            assertThat(metadata.getLabels())
                    .containsEntry("kueue.x-k8s.io/queue-name", "db")
                    .containsEntry(Labels.PHASE, "1-apply")
                    .containsEntry(Labels.MANAGED_BY, "phaselock");
            assertThat(metadata.getAnnotations()).containsEntry("example.org/note", "x");
        }
        assertThat(Claims.of(job).relations()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "PREFLIGHT,30m,600",
        "APPLY,30m,2100",
        "APPLY,1h,3900",
        "APPLY,999999999h,259200",
        "VERIFY,30m,259200",
        "VALIDATE,30m,259200",
        "INDEX,30m,259200"
    })
    void aBriefPhaseHasFiveMinutesMoreThanItMayWait(PhaseType type, String deadline, long seconds) {
        assertThat(JobFactory.deadline(type, new LocksSpec("100ms", "1s", deadline)))
                .hasSeconds(seconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "orders.customer.fk", "a-very-long-name-that-goes-on-and-on-and-on-and-on-and-on-and-on"})
    void namesFitAndAreTheSameWheneverTheyAreAskedFor(String change) {
        String name = JobNames.of(change, "uid-1", 3, "h1", "12-validate", 100);

        assertThat(name)
                .hasSizeLessThanOrEqualTo(63)
                .matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?")
                .endsWith("-12-validate-100")
                .isEqualTo(JobNames.of(change, "uid-1", 3, "h1", "12-validate", 100));
    }

    @Test
    void whateverMakesJobsDifferentMakesTheirNamesDifferent() {
        assertThat(List.of(
                        JobNames.of("a", "uid-1", 1, "h1", "1-apply", 1),
                        JobNames.of("a", "uid-2", 1, "h1", "1-apply", 1),
                        JobNames.of("a", "uid-1", 2, "h1", "1-apply", 1),
                        JobNames.of("a", "uid-1", 1, "h2", "1-apply", 1),
                        JobNames.of("a", "uid-1", 1, "h1", "1-validate", 1),
                        JobNames.of("a", "uid-1", 1, "h1", "1-apply", 2)))
                .doesNotHaveDuplicates();
    }

    private Job job(JobSpec wishes, TlsSpec tls) {
        Job job = factory.job(change(wishes, tls), APPLY);
        job.getMetadata().setCreationTimestamp("2026-11-21T10:00:00Z");
        return job;
    }

    private static SchemaChange change(JobSpec wishes, TlsSpec tls) {
        SchemaChangeSpec base = ChangeWorld.spec(false, Gate.VALIDATED);
        var change = new SchemaChange();
        change.setMetadata(new ObjectMetaBuilder()
                .withNamespace("shop")
                .withName("orders-total")
                .withUid("uid-1")
                .withGeneration(3L)
                .build());
        change.setSpec(new SchemaChangeSpec(
                new DatabaseSpec(new SecretReference("shop-db-app"), null, null, null, null, null, tls),
                base.changes(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                wishes,
                null));
        return change;
    }

    private static Container container(Job job) {
        return job.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }

    private static Map<String, String> environment(Job job) {
        return container(job).getEnv().stream().collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }
}
