package dev.phaselock.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.core.ThrowingRunnable;

/** A SchemaChange that was applied, and what its status says. */
public record Change(Site site, String name) {
    /** Enough for a busy machine and for a pause after a refusal. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    public Resource<SchemaChange> resource() {
        return Installation.get()
                .client()
                .resources(SchemaChange.class)
                .inNamespace(site.namespace())
                .withName(name);
    }

    /** As it is now. */
    public SchemaChangeStatus status() {
        return resource().get().getStatus();
    }

    /** {@code True/Reason}, or {@code -} when the condition is not there. */
    public String says(String type) {
        return condition(type)
                .map(condition -> condition.getStatus() + "/" + condition.getReason())
                .orElse("-");
    }

    /** The message of a condition, empty when it is not there. */
    public String message(String type) {
        return condition(type).map(Condition::getMessage).orElse("");
    }

    private Optional<Condition> condition(String type) {
        List<Condition> conditions = status().conditions();
        return conditions == null
                ? Optional.empty()
                : conditions.stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    public Change awaitReady() {
        until(() -> assertThat(says("Ready")).startsWith("True/"));
        return this;
    }

    public Change awaitStalled(String reason) {
        until(() -> assertThat(says("Stalled")).isEqualTo("True/" + reason));
        return this;
    }

    public Change awaitStep(String step) {
        until(() -> assertThat(status().step()).isEqualTo(step));
        return this;
    }

    /** Waits until an assertion holds; a failure shows the whole status. */
    public void until(ThrowingRunnable assertion) {
        await(name).atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            try {
                assertion.run();
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\n" + yaml(), e);
            }
        });
    }

    /** {@code TYPE STATE} of each phase. */
    public List<String> phases() {
        return status().phases().stream()
                .map(phase -> phase.type() + " " + phase.state())
                .toList();
    }

    /** The phase that changes the database. */
    public PhaseStatus apply() {
        return status().phases().stream()
                .filter(phase -> "Apply".equals(phase.type()))
                .findFirst()
                .orElseThrow();
    }

    /** {@code kubectl get -o yaml}. */
    public String yaml() {
        return site.kubectl("", "get", "schg", name, "-o", "yaml").text();
    }

    public void suspend(boolean suspend) {
        var answer = site.kubectl(
                "", "patch", "schg", name, "--type=merge", "-p", "{\"spec\":{\"suspend\":" + suspend + "}}");
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
