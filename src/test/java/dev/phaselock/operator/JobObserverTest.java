package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.operator.Decision.JobOrder;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobObserverTest {
    private static final Instant CREATED = Instant.parse("2026-11-21T10:00:00Z");

    private String line = ResultJson.write(Results.waiting(7));
    private int reads;
    private final JobObserver observer = new JobObserver(pod -> {
        reads++;
        return Optional.of(line);
    });

    private static Job job() {
        var change = new dev.phaselock.api.SchemaChange();
        change.setMetadata(new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
                .withNamespace("shop")
                .withName("orders-total")
                .withUid("uid-1")
                .withGeneration(3L)
                .build());
        change.setSpec(ChangeWorld.spec(false, dev.phaselock.api.ValidationSpec.Gate.VALIDATED));
        Job job = new JobFactory(new OperatorSettings("image", 50, 4, Duration.ofMinutes(10)))
                .job(
                        change,
                        new JobOrder(
                                "orders-1-apply-2",
                                "1-apply",
                                PhaseType.APPLY,
                                2,
                                "h1",
                                Results.REPORT,
                                0,
                                0,
                                null,
                                List.of(),
                                null,
                                null));
        return new JobBuilder(job)
                .editMetadata()
                .withCreationTimestamp(CREATED.toString())
                .endMetadata()
                .build();
    }

    private static Job finished(String type, String reason, String message) {
        return new JobBuilder(job())
                .withNewStatus()
                .addNewCondition()
                .withType(type)
                .withStatus("True")
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(CREATED.plusSeconds(9).toString())
                .endCondition()
                .endStatus()
                .build();
    }

    private static PodBuilder pod(int second, String phase) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("pod-" + second)
                .withNamespace("shop")
                .withCreationTimestamp(CREATED.plusSeconds(second).toString())
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus();
    }

    private static Pod ended(int second, int exitCode, String reason, String message) {
        return pod(second, exitCode == 0 ? "Succeeded" : "Failed")
                .editStatus()
                .addNewContainerStatus()
                .withName("phase")
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withReason(reason)
                .withMessage(message)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private static Pod running() {
        return pod(1, "Running")
                .editStatus()
                .addNewContainerStatus()
                .withName("phase")
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private static Pod waiting(String reason) {
        return pod(1, "Pending")
                .editStatus()
                .addNewContainerStatus()
                .withName("phase")
                .withImage("example.org/nowhere")
                .withNewState()
                .withNewWaiting()
                .withReason(reason)
                .endWaiting()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private ObservedJob observe(Job job, Pod... pods) {
        return observer.observe(job, List.of(pods), true, CREATED.plusSeconds(10));
    }

    @Test
    void whatTheJobSaysOfItselfIsReadBack() {
        ObservedJob seen = observe(job());

        assertThat(seen.phase()).isEqualTo("1-apply");
        assertThat(seen.attempt()).isEqualTo(2);
        assertThat(seen.generation()).isEqualTo(3);
        assertThat(seen.earlier()).isEqualTo(Results.REPORT);
        assertThat(seen.deadlineSeconds()).isEqualTo(2100);
        assertThat(seen.created()).isEqualTo(CREATED);
        assertThat(seen.finish()).isNull();
        assertThat(seen.expiring()).isFalse();
        assertThat(seen.podAlive()).isFalse();
    }

    @Test
    void aResultIsReadBeforeTheJobHasEnded() {
        String message = ResultJson.write(Results.violated(42));

        ObservedJob seen = observe(job(), ended(1, 21, "Error", message));

        assertThat(seen.finish()).isNull();
        assertThat(seen.result().outcome()).isEqualTo(Outcome.VIOLATED);
        assertThat(seen.podAlive()).isFalse();
        assertThat(reads).as("nothing is read from the log").isZero();
    }

    @Test
    void theNewestPodWithAResultCounts() {
        String first = ResultJson.write(Results.result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Stop."));

        ObservedJob seen = observe(
                job(), ended(1, 25, "Error", first), ended(5, 0, "Completed", ResultJson.write(Results.done())));

        assertThat(seen.result().outcome()).isEqualTo(Outcome.DONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"not json", "{}", "[]", "{\"outcome\":\"SOMETHING_NEW\"}", "''"})
    void whatIsNoResultIsNone(String message) {
        assertThat(observe(job(), ended(1, 3, "Error", message)).result()).isNull();
    }

    @Test
    void theProgressOfARunningPhaseIsItsLastLine() {
        ObservedJob seen = observe(job(), running());

        assertThat(seen.started()).isTrue();
        assertThat(seen.podAlive()).isTrue();
        assertThat(seen.progress().report().tries()).isEqualTo(7);
        assertThat(seen.trouble()).isNull();
    }

    @Test
    void aLineThatIsNoProgressIsPassedOver() {
        line = "java.lang.OutOfMemoryError: Java heap space";

        assertThat(observe(job(), running()).progress()).isNull();
    }

    @Test
    void logsAreReadOnlyWhereTheProgressMatters() {
        observer.observe(job(), List.of(running()), false, CREATED.plusSeconds(10));
        observe(job(), waiting("ContainerCreating"));

        assertThat(reads).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "ImagePullBackOff,ImagePullFailed",
        "ErrImagePull,ImagePullFailed",
        "InvalidImageName,ImagePullFailed",
        "CreateContainerConfigError,PodConfigInvalid",
        "CreateContainerError,PodConfigInvalid"
    })
    void aContainerThatCannotStartIsTrouble(String waiting, String reason) {
        assertThat(observe(job(), waiting(waiting)).trouble().reason().label()).isEqualTo(reason);
        assertThat(observe(job(), waiting(waiting)).started()).isFalse();
    }

    @Test
    void aContainerThatIsBeingMadeIsNoTrouble() {
        assertThat(observe(job(), waiting("ContainerCreating")).trouble()).isNull();
    }

    @Test
    void aPodThatNoNodeTakesIsTrouble() {
        Pod pod = pod(1, "Pending")
                .editStatus()
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .endCondition()
                .endStatus()
                .build();

        assertThat(observe(job(), pod).trouble().reason()).isEqualTo(ConditionReason.POD_UNSCHEDULABLE);
    }

    @Test
    void aJobWithoutAPodIsTroubleAfterTenSeconds() {
        assertThat(observer.observe(job(), List.of(), true, CREATED.plusSeconds(9))
                        .trouble())
                .isNull();
        assertThat(observer.observe(job(), List.of(), true, CREATED.plusSeconds(10))
                        .trouble()
                        .reason())
                .isEqualTo(ConditionReason.POD_NOT_CREATED);
    }

    @Test
    void aJobThatAQueueHoldsBackIsQueued() {
        Job job = new JobBuilder(job()).editSpec().withSuspend(true).endSpec().build();

        assertThat(observe(job).trouble().reason()).isEqualTo(ConditionReason.QUEUED);
    }

    @Test
    void aCrashIsToldWithItsCause() {
        Job job = finished("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");

        ObservedJob seen = observe(job, ended(1, 137, "OOMKilled", null));

        assertThat(seen.finish().complete()).isFalse();
        assertThat(seen.finish().exitCode()).isEqualTo(137);
        assertThat(seen.finish().cause()).isEqualTo("OOMKilled");
        assertThat(seen.finish().at()).isEqualTo(CREATED.plusSeconds(9));
    }

    @Test
    void aPodThatDiedIsToldWhileItsJobPausesBeforeTheNext() {
        ObservedJob seen = observe(job(), ended(1, 137, "OOMKilled", null));

        assertThat(seen.finish()).isNull();
        assertThat(seen.trouble().reason()).isEqualTo(ConditionReason.JOB_FAILED);
        assertThat(seen.trouble().message()).contains("ran out of memory (OOMKilled)", "repeats it");
        assertThat(observe(
                                job(),
                                ended(1, 137, "OOMKilled", null),
                                pod(2, "Running").build())
                        .trouble())
                .isNull();
    }

    @Test
    void theExitCodeOfAPodThatIsGoneIsReadFromTheJob() {
        Job job = finished(
                "Failed",
                "PodFailurePolicy",
                "Container phase for pod shop/x failed with exit code 25 matching FailJob rule at index 0");

        ObservedJob seen = observe(job);

        assertThat(seen.finish().exitCode()).isEqualTo(25);
        assertThat(seen.trouble()).isNull();
    }

    @Test
    void aPodThatShouldBeGoneIsSeen() {
        Pod pod = new PodBuilder(running())
                .editMetadata()
                .withDeletionTimestamp(CREATED.plusSeconds(3).toString())
                .endMetadata()
                .build();

        assertThat(observe(job(), pod).terminatingSince()).isEqualTo(CREATED.plusSeconds(3));
    }
}
