package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.local.TestOperator;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The packaged operator as it is seen from outside: health, metrics, logs; and two of them. */
@Timeout(180)
class OperatorProcessIT extends ClusterBed {
    private static final String CONTROLLER = "ControllerResourceEventSource";

    private static TestOperator first;
    private static TestOperator second;

    @BeforeEach
    void startOperators() throws Exception {
        if (first == null) {
            first = TestOperator.install(cluster, client);
            second = first.replica("operator-2");
        }
        if (!first.runs()) {
            first.start();
        }
        if (!second.runs()) {
            second.start();
        }
    }

    @Test
    void oneLeadsAndBothAreReadyAndOnlyTheLeaderTellsOfChanges() throws Exception {
        create();
        awaitReady();

        assertThat(first.ready()).isTrue();
        assertThat(second.ready()).isTrue();
        TestOperator leader = leader();
        TestOperator other = leader == first ? second : first;
        String metrics = leader.get("/q/metrics");
        assertThat(metrics)
                .contains(
                        "phaselock_leader 1.0",
                        "phaselock_changes{step=\"Ready\",result=\"Succeeded\"} 1.0",
                        "phaselock_phases{state=\"Done\"} 4.0",
                        "phaselock_phase_attempts 4.0",
                        "phaselock_lock_held_seconds_bucket");
        assertThat(other.get("/q/metrics")).contains("phaselock_leader 0.0").doesNotContain("phaselock_changes");
        assertThat(metrics).as("no label that people choose").doesNotContain(namespace, NAME);
        assertThat(families(metrics))
                .as("what docs/reference/metrics.md says of the rest")
                .allMatch(name -> name.matches("(phaselock|jvm|process|system)_.*"));
    }

    @Test
    void whenTheLeaderIsKilledTheOtherGoesOnAtEveryPhaseAndMakesNothingTwice() throws Exception {
        EveryPhase changes = new EveryPhase(this).begin();
        TestOperator leader = leader();
        TestOperator other = leader == first ? second : first;
        leader.kill();
        changes.letGo();
        changes.awaitReady();

        changes.assertCalls(1);
        assertThat(jobs()).as("one for each phase").hasSize(16);
        assertThat(other.get("/q/metrics"))
                .as("right at once, for they are made from the statuses")
                .contains(
                        "phaselock_leader 1.0",
                        "phaselock_changes{step=\"Ready\",result=\"Succeeded\"} 4.0",
                        "phaselock_phases{state=\"Done\"} 16.0",
                        "phaselock_phase_attempts 16.0");
    }

    @Test
    void whoeverCannotWatchIsNotReadyAndIsAgainWhenItCan() throws Exception {
        var role = client.rbac().clusterRoles().withName("phaselock");
        ClusterRole before = role.require();
        cluster.controlPlane().stopApiServer();
        await().atMost(Duration.ofSeconds(20)).until(() -> !first.ready() && !second.ready());
        assertThat(first.live()).as("a restart would not help").isTrue();
        cluster.controlPlane().startApiServer();
        await().atMost(Duration.ofSeconds(60)).until(() -> first.runs() && first.ready());

        // A right that is taken away is seen when the watch begins anew.
        role.edit(granted -> {
            granted.getRules().forEach(rule -> {
                if (rule.getResources().contains("jobs")) {
                    rule.setVerbs(List.of("get"));
                }
            });
            return granted;
        });
        cluster.controlPlane().stopApiServer();
        await().atMost(Duration.ofSeconds(20)).until(() -> !first.ready());
        cluster.controlPlane().startApiServer();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            String health = first.get("/q/health/ready");
            assertThat(health).contains("\"" + CONTROLLER + "\": \"watching\"", "\"not watching\"");
        });
        assertThat(first.ready()).isFalse();
        role.edit(granted -> {
            granted.setRules(before.getRules());
            return granted;
        });
        await().atMost(Duration.ofSeconds(90)).until(first::ready);
        create();
        awaitReady();
    }

    @Test
    void eachLineOfTheLogIsJsonAndNamesTheChange() throws Exception {
        create();
        awaitReady();
        // Events follow the status that they tell of.
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(said(lines())).containsKeys("Accepted", "Applied", "Succeeded"));
        List<JsonNode> lines = lines();
        Map<String, Long> said = said(lines);
        assertThat(said.values()).as("each transition once").containsOnly(1L);
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.path("level").asText()).isIn("INFO", "WARN", "ERROR"));
    }

    /** Of both: on a busy machine another may lead before all is said. */
    private static List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (TestOperator operator : List.of(first, second)) {
            for (String line : Files.readAllLines(operator.log())) {
                lines.add(new ObjectMapper().readTree(line));
            }
        }
        return lines;
    }

    private Map<String, Long> said(List<JsonNode> lines) {
        return lines.stream()
                .filter(line ->
                        line.path("mdc").path("resource.namespace").asText().equals(namespace))
                .filter(line -> line.path("mdc").path("resource.name").asText().equals(NAME))
                .collect(Collectors.groupingBy(
                        line -> line.path("message").asText(), TreeMap::new, Collectors.counting()));
    }

    private static TestOperator leader() {
        return await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(
                        () -> first.runs() && first.get("/q/metrics").contains("phaselock_leader 1.0")
                                ? first
                                : second.runs() && second.get("/q/metrics").contains("phaselock_leader 1.0")
                                        ? second
                                        : null,
                        found -> found != null);
    }

    private static List<String> families(String metrics) {
        return metrics.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .toList();
    }
}
