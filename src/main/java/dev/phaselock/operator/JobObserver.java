package dev.phaselock.operator;

import dev.phaselock.operator.ObservedJob.Finish;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Job and its pods. A result comes from a container that ended, not from the Job, whose conditions follow later
 * and say less.
 */
final class JobObserver {
    private static final Pattern EXIT_CODE = Pattern.compile("exit code ([0-9]{1,3})");
    private static final Set<String> PULL_FAILURES =
            Set.of("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull");
    private static final Set<String> CONFIG_FAILURES =
            Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");

    private final LastLine lastLine;

    /** Reads the last line that a pod's container printed. */
    interface LastLine {
        /** Empty when there is none, or when it cannot be had now. */
        Optional<String> of(Pod pod);
    }

    JobObserver(LastLine lastLine) {
        this.lastLine = lastLine;
    }

    /**
     * Reads one Job.
     *
     * @param pods its pods, in any order
     * @param wanted whether its progress matters: its result is not in the status yet
     */
    ObservedJob observe(Job job, Collection<Pod> pods, boolean wanted, Instant now) {
        List<Pod> newestFirst = pods.stream()
                .sorted(Comparator.comparing((Pod pod) -> pod.getMetadata().getCreationTimestamp())
                        .reversed())
                .toList();
        Instant created = Instant.parse(job.getMetadata().getCreationTimestamp());
        PhaseResult result = newestFirst.stream()
                .flatMap(pod -> terminated(pod).stream())
                .flatMap(ended -> result(ended.getMessage()).stream())
                .findFirst()
                .orElse(null);
        Optional<Pod> alive = newestFirst.stream().filter(pod -> !ended(pod)).findFirst();
        Finish finish = finish(job, newestFirst);
        boolean started = newestFirst.stream()
                .flatMap(pod -> status(pod).stream())
                .anyMatch(status -> status.getState() != null
                        && (status.getState().getRunning() != null
                                || status.getState().getTerminated() != null));
        Map<String, String> annotations =
                Objects.requireNonNullElse(job.getMetadata().getAnnotations(), Map.of());
        return new ObservedJob(
                job.getMetadata().getName(),
                Objects.requireNonNullElse(job.getMetadata().getLabels(), Map.<String, String>of())
                        .getOrDefault(Labels.PHASE, ""),
                number(job.getMetadata().getLabels(), Labels.ATTEMPT),
                number(annotations, Labels.GENERATION),
                created,
                job.getMetadata().getDeletionTimestamp() != null,
                finish,
                job.getSpec().getTtlSecondsAfterFinished() != null,
                Objects.requireNonNullElse(job.getSpec().getActiveDeadlineSeconds(), Long.MAX_VALUE),
                earlier(annotations.get(Labels.EARLIER)),
                result,
                wanted && result == null && started ? progress(newestFirst) : null,
                started,
                alive.isPresent(),
                alive.map(pod -> pod.getMetadata().getDeletionTimestamp())
                        .map(Instant::parse)
                        .orElse(null),
                result == null && finish == null ? trouble(job, alive.orElse(null), newestFirst, now) : null);
    }

    /** Whether nothing of a pod runs any more. */
    static boolean ended(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    private static boolean failed(Pod pod) {
        return pod.getStatus() != null && "Failed".equals(pod.getStatus().getPhase());
    }

    /** Whether a Job has ended, whatever its pods say. */
    static boolean ended(Job job) {
        return condition(job, "Complete").or(() -> condition(job, "Failed")).isPresent();
    }

    private static @Nullable Finish finish(Job job, List<Pod> pods) {
        Optional<JobCondition> complete = condition(job, "Complete");
        JobCondition end = complete.or(() -> condition(job, "Failed")).orElse(null);
        if (end == null) {
            return null;
        }
        Integer code = exitCode(pods).or(() -> exitCode(end.getMessage())).orElse(null);
        return new Finish(
                Instant.parse(end.getLastTransitionTime()),
                complete.isPresent(),
                code,
                cause(pods).orElse(end.getReason()));
    }

    private static Optional<Integer> exitCode(List<Pod> pods) {
        return pods.stream()
                .flatMap(pod -> terminated(pod).stream())
                .findFirst()
                .map(ContainerStateTerminated::getExitCode);
    }

    /** What the pods say of their end: Evicted, OOMKilled. */
    private static Optional<String> cause(List<Pod> pods) {
        return pods.stream()
                .map(pod -> pod.getStatus() == null ? null : pod.getStatus().getReason())
                .filter(Objects::nonNull)
                .findFirst()
                .or(() -> pods.stream()
                        .flatMap(pod -> terminated(pod).stream())
                        .findFirst()
                        .map(ContainerStateTerminated::getReason)
                        .filter(reason -> !reason.equals("Error") && !reason.equals("Completed")));
    }

    private static Optional<JobCondition> condition(Job job, String type) {
        return job.getStatus() == null || job.getStatus().getConditions() == null
                ? Optional.empty()
                : job.getStatus().getConditions().stream()
                        .filter(condition -> type.equals(condition.getType()) && "True".equals(condition.getStatus()))
                        .findFirst();
    }

    private static Optional<Integer> exitCode(@Nullable String message) {
        Matcher matcher = EXIT_CODE.matcher(message == null ? "" : message);
        return matcher.find() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }

    private static Optional<PhaseResult> result(@Nullable String message) {
        if (message == null || message.isBlank()) {
            return Optional.empty();
        }
        try {
            PhaseResult result = ResultJson.read(message, PhaseResult.class);
            return result.outcome() == null || result.reason() == null || result.report() == null
                    ? Optional.empty()
                    : Optional.of(result);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private @Nullable PhaseProgress progress(List<Pod> pods) {
        return pods.stream()
                .findFirst()
                .flatMap(lastLine::of)
                .flatMap(line -> {
                    try {
                        PhaseProgress progress = ResultJson.read(line, PhaseProgress.class);
                        return progress.activity() == null || progress.report() == null
                                ? Optional.empty()
                                : Optional.of(progress);
                    } catch (IllegalArgumentException e) {
                        // Not a line of progress, perhaps a JVM's last words.
                        return Optional.empty();
                    }
                })
                .orElse(null);
    }

    private static @Nullable PodTrouble trouble(Job job, @Nullable Pod pod, List<Pod> pods, Instant now) {
        String name = job.getMetadata().getName();
        if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            return new PodTrouble(
                    ConditionReason.QUEUED,
                    "Job " + name + " is suspended, perhaps by a queue; it goes on when it is resumed.",
                    PodTrouble.UNTIL_THE_JOB_ENDS);
        }
        if (pod == null && pods.stream().anyMatch(JobObserver::failed)) {
            return new PodTrouble(
                    ConditionReason.JOB_FAILED,
                    Phrases.crash(
                                    name,
                                    new Finish(
                                            now,
                                            false,
                                            exitCode(pods).orElse(null),
                                            cause(pods).orElse(null)))
                            + " The Job repeats it after a pause.",
                    PodTrouble.UNTIL_THE_JOB_ENDS);
        }
        if (pod == null) {
            Instant created = Instant.parse(job.getMetadata().getCreationTimestamp());
            return Duration.between(created, now).compareTo(Round.POD_PATIENCE) < 0
                    ? null
                    : new PodTrouble(
                            ConditionReason.POD_NOT_CREATED,
                            "Job " + name + " got no pod, perhaps because of a quota, an admission policy or a service"
                                    + " account that is missing: see kubectl describe job/" + name + ".",
                            PodTrouble.SHORT);
        }
        ContainerStateWaiting waiting = status(pod)
                .map(ContainerStatus::getState)
                .map(state -> state.getWaiting())
                .orElse(null);
        String reason = waiting == null ? null : waiting.getReason();
        if (reason != null && PULL_FAILURES.contains(reason)) {
            return new PodTrouble(
                    ConditionReason.IMAGE_PULL_FAILED,
                    "The image " + status(pod).map(ContainerStatus::getImage).orElse("") + " cannot be pulled ("
                            + reason + "): see to the registry, or set spec.job.imagePullSecrets.",
                    PodTrouble.SHORT);
        }
        if (reason != null && CONFIG_FAILURES.contains(reason)) {
            return new PodTrouble(
                    ConditionReason.POD_CONFIG_INVALID,
                    "The container of Job " + name + " cannot be made (" + reason + "): see kubectl describe pod/"
                            + pod.getMetadata().getName() + ".",
                    PodTrouble.SHORT);
        }
        boolean unschedulable = pod.getStatus() != null
                && pod.getStatus().getConditions() != null
                && pod.getStatus().getConditions().stream().anyMatch(JobObserver::unschedulable);
        return unschedulable
                ? new PodTrouble(
                        ConditionReason.POD_UNSCHEDULABLE,
                        "No node takes the pod of Job " + name + ": see kubectl describe pod/"
                                + pod.getMetadata().getName() + ".",
                        PodTrouble.LONG)
                : null;
    }

    private static boolean unschedulable(PodCondition condition) {
        return "PodScheduled".equals(condition.getType())
                && "False".equals(condition.getStatus())
                && "Unschedulable".equals(condition.getReason());
    }

    private static Optional<ContainerStatus> status(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
                ? Optional.empty()
                : pod.getStatus().getContainerStatuses().stream()
                        .filter(status -> JobFactory.CONTAINER.equals(status.getName()))
                        .findFirst();
    }

    private static Optional<ContainerStateTerminated> terminated(Pod pod) {
        return status(pod)
                .flatMap(status -> Stream.ofNullable(status.getState())
                        .map(state -> state.getTerminated())
                        .filter(Objects::nonNull)
                        .findFirst());
    }

    private static LockReport earlier(@Nullable String annotation) {
        try {
            return annotation == null ? LockReport.NONE : ResultJson.read(annotation, LockReport.class);
        } catch (IllegalArgumentException e) {
            return LockReport.NONE;
        }
    }

    private static int number(@Nullable Map<String, String> map, String key) {
        try {
            return map == null ? 0 : Integer.parseInt(map.getOrDefault(key, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
