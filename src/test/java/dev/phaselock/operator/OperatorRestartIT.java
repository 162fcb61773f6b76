package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.plan.PhaseRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** It does not matter when the operator ends and another one goes on, nor what is lost meanwhile. */
class OperatorRestartIT extends OperatorBed {
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

    private String version() {
        return client.resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(NAME)
                .require()
                .getMetadata()
                .getResourceVersion();
    }
}
