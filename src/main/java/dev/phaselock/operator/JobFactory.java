package dev.phaselock.operator;

import dev.phaselock.api.JobSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.Verified;
import dev.phaselock.operator.Decision.JobOrder;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.RecordJson;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.plan.Undo;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Job that carries one phase out. Its pod gets no API token; the database's Secret comes as files, and neither
 * Job nor pod says anything of what is in it. A Secret that is missing does not keep the container from starting: the
 * runner says so in its result.
 */
final class JobFactory {
    static final String CONTAINER = "phase";
    static final String SECRET_FOLDER = "/etc/phaselock/database";
    static final String RESULT_FILE = "/dev/termination-log";

    /** For what takes its time: a scan of a very large table. It ends only what hangs. */
    private static final Duration PATIENT_DEADLINE = Duration.ofDays(3);
    /** Connecting and looking takes seconds; the rest is for a cluster that has to find a place for the pod. */
    private static final Duration PREFLIGHT_DEADLINE = Duration.ofMinutes(10);
    /** A brief phase waits for its lock no longer than {@code locks.deadline}. */
    private static final Duration BRIEF_MARGIN = Duration.ofMinutes(5);
    /** The runner's own exit codes: it ended in order, and the operator reads why. */
    private static final List<Integer> RESULT_CODES =
            IntStream.rangeClosed(20, 29).boxed().toList();
    /** How long a pod stays bound to a node that does not answer, instead of the usual five minutes. */
    private static final long NODE_SECONDS = 60;

    /**
     * A Job that undoes something has no owner, for deleting the owner in the foreground deletes what it owns, and no
     * result can be read from it later than this after its end.
     */
    private static final Duration UNREAD = Duration.ofHours(1);

    private final OperatorSettings settings;

    JobFactory(OperatorSettings settings) {
        this.settings = settings;
    }

    Job job(SchemaChange change, JobOrder order) {
        JobSpec wishes = change.getSpec().job();
        Map<String, String> labels = new HashMap<>(of(wishes == null ? null : wishes.labels()));
        labels.put(Labels.MANAGED_BY, Labels.PHASELOCK);
        labels.put(Labels.NAME, Labels.PHASELOCK);
        labels.put(Labels.COMPONENT, "phase");
        labels.put(Labels.CHANGE_UID, change.getMetadata().getUid());
        labels.put(Labels.PHASE, order.phase());
        labels.put(Labels.ATTEMPT, Integer.toString(order.attempt()));
        Map<String, String> annotations = new HashMap<>(of(wishes == null ? null : wishes.annotations()));
        annotations.put(Labels.CHANGE, change.getMetadata().getName());
        Map<String, String> jobAnnotations = new HashMap<>(annotations);
        jobAnnotations.put(
                Labels.GENERATION, change.getMetadata().getGeneration().toString());
        jobAnnotations.put(
                Labels.DATABASE, change.getSpec().database().secretRef().name());
        jobAnnotations.put(Labels.RELATIONS, ResultJson.write(order.relations()));
        jobAnnotations.put(Labels.EARLIER, ResultJson.write(order.earlier()));
        return new JobBuilder()
                .withNewMetadata()
                .withNamespace(change.getMetadata().getNamespace())
                .withName(order.name())
                .withLabels(labels)
                .withAnnotations(jobAnnotations)
                .withOwnerReferences(order.undo() == null ? List.of(owner(change)) : List.of())
                .endMetadata()
                .withNewSpec()
                .withTtlSecondsAfterFinished(order.undo() == null ? null : (int) UNREAD.toSeconds())
                .withBackoffLimit(2)
                .withPodFailurePolicy(failurePolicy())
                .withPodReplacementPolicy("Failed")
                .withActiveDeadlineSeconds(
                        deadline(order.type(), change.getSpec().locksOrDefault())
                                .toSeconds())
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withSpec(pod(change, order, wishes))
                .endTemplate()
                .endSpec()
                .build();
    }

    private static OwnerReference owner(SchemaChange change) {
        return new OwnerReferenceBuilder()
                .withApiVersion(change.getApiVersion())
                .withKind(change.getKind())
                .withName(change.getMetadata().getName())
                .withUid(change.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /** How many bytes a Job's request is, whatever the phase. */
    static int requestBytes(SchemaChange change, @Nullable String sql) {
        return RecordJson.write(request(change, sql, PhaseRequest.PREFLIGHT, null, 0, 0, null, null))
                .getBytes(java.nio.charset.StandardCharsets.UTF_8)
                .length;
    }

    static Duration deadline(PhaseType type, LocksSpec locks) {
        return switch (type) {
            case PREFLIGHT -> PREFLIGHT_DEADLINE;
            case APPLY -> {
                Duration wait = Duration.ofMillis(Durations.parse(locks.deadline()));
                yield wait.compareTo(PATIENT_DEADLINE) > 0 ? PATIENT_DEADLINE : wait.plus(BRIEF_MARGIN);
            }
            case VERIFY, VALIDATE, INDEX, BACKFILL -> PATIENT_DEADLINE;
        };
    }

    private static PhaseRequest request(
            SchemaChange change,
            @Nullable String sql,
            String phase,
            @Nullable String planHash,
            long waitedMillis,
            long delayedMillis,
            @Nullable Verified verified,
            @Nullable Undo undo) {
        SchemaChangeSpec spec = change.getSpec();
        return new PhaseRequest(
                change.getMetadata().getNamespace() + "/" + change.getMetadata().getName(),
                phase,
                planHash,
                spec.database(),
                spec.changes(),
                spec.locksOrDefault(),
                spec.validationOrDefault(),
                waitedMillis,
                delayedMillis,
                sql == null ? spec.sql() : sql,
                spec.backfillOrDefault(),
                verified,
                spec.reverts() && undo == null && !begun(change),
                undo == null ? null : undo.toString());
    }

    private static boolean begun(SchemaChange change) {
        return change.getStatus() != null
                && Boolean.TRUE.equals(change.getStatus().begun());
    }

    private PodSpec pod(SchemaChange change, JobOrder order, @Nullable JobSpec wishes) {
        var pod = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(15L)
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container(change, order, wishes))
                .withVolumes(volumes(change.getSpec()))
                .withTolerations(tolerations(wishes));
        if (wishes != null) {
            pod.withNodeSelector(of(wishes.nodeSelector()))
                    .withAffinity(wishes.affinity())
                    .withServiceAccountName(wishes.serviceAccountName())
                    .withImagePullSecrets(of(wishes.imagePullSecrets()))
                    .withPriorityClassName(wishes.priorityClassName());
        }
        return pod.build();
    }

    private Container container(SchemaChange change, JobOrder order, @Nullable JobSpec wishes) {
        List<EnvVar> environment = new ArrayList<>();
        environment.add(variable(
                "PHASELOCK_REQUEST",
                RecordJson.write(request(
                        change,
                        order.sql(),
                        order.phase(),
                        order.planHash(),
                        order.waitedMillis(),
                        order.delayedMillis(),
                        order.verified(),
                        order.undo()))));
        environment.add(variable("PHASELOCK_SECRET_DIR", SECRET_FOLDER));
        environment.add(variable("PHASELOCK_RESULT", RESULT_FILE));
        List<VolumeMount> mounts = new ArrayList<>();
        mounts.add(mount("database", SECRET_FOLDER, true));
        mounts.add(mount("tmp", "/tmp", false));
        CertificateVolumes certificates =
                new CertificateVolumes(change.getSpec().database().tls());
        environment.addAll(certificates.environment());
        mounts.addAll(certificates.mounts());
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(settings.image())
                .withArgs("phase")
                .withEnv(environment)
                .withVolumeMounts(mounts)
                .withResources(resources(wishes))
                .withTerminationMessagePath(RESULT_FILE)
                .withTerminationMessagePolicy("File")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .build();
    }

    private static List<Volume> volumes(SchemaChangeSpec spec) {
        List<Volume> volumes = new ArrayList<>();
        volumes.add(new VolumeBuilder()
                .withName("database")
                .withNewSecret()
                .withSecretName(spec.database().secretRef().name())
                .withOptional(true)
                .endSecret()
                .build());
        volumes.add(new VolumeBuilder()
                .withName("tmp")
                .withNewEmptyDir()
                .withSizeLimit(new Quantity("64Mi"))
                .endEmptyDir()
                .build());
        volumes.addAll(new CertificateVolumes(spec.database().tls()).volumes());
        return volumes;
    }

    /** So that a phase is not held up for five minutes by a node that is gone, unless somebody says otherwise. */
    private static List<Toleration> tolerations(@Nullable JobSpec wishes) {
        List<Toleration> tolerations = new ArrayList<>(of(wishes == null ? null : wishes.tolerations()));
        for (String taint : List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")) {
            if (tolerations.stream().noneMatch(toleration -> taint.equals(toleration.getKey()))) {
                tolerations.add(new TolerationBuilder()
                        .withKey(taint)
                        .withOperator("Exists")
                        .withEffect("NoExecute")
                        .withTolerationSeconds(NODE_SECONDS)
                        .build());
            }
        }
        return tolerations;
    }

    private static ResourceRequirements resources(@Nullable JobSpec wishes) {
        return wishes != null && wishes.resources() != null
                ? wishes.resources()
                : new ResourceRequirementsBuilder()
                        .addToRequests("cpu", new Quantity("100m"))
                        .addToRequests("memory", new Quantity("128Mi"))
                        .build();
    }

    /** In this order: a runner that was evicted but ended in order has a result, and the operator goes on from it. */
    private static PodFailurePolicy failurePolicy() {
        return new PodFailurePolicyBuilder()
                .addNewRule()
                .withAction("FailJob")
                .withNewOnExitCodes()
                .withContainerName(CONTAINER)
                .withOperator("In")
                .withValues(RESULT_CODES)
                .endOnExitCodes()
                .endRule()
                .addNewRule()
                .withAction("Ignore")
                .addNewOnPodCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .endOnPodCondition()
                .endRule()
                .build();
    }

    /** Kubernetes expands {@code $(NAME)} in a value, and takes {@code $$} for a dollar sign. */
    static EnvVar variable(String name, String value) {
        return new EnvVar(name, value.replace("$", "$$"), null);
    }

    static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly)
                .build();
    }

    private static <K, V> Map<K, V> of(@Nullable Map<K, V> map) {
        return map == null ? Map.of() : map;
    }

    private static <T> List<T> of(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
