package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.Type;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeMetricsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Pattern ROW =
            Pattern.compile("\\| `(phaselock_[a-z_]+)` \\| ([a-z ]+) \\| (.*?) ?\\| (.*) \\|");

    private final List<SchemaChange> changes = List.of(
            change(
                    "Ready",
                    List.of(is("Ready", "True", "Succeeded", 10)),
                    phase("Done", 3, "2m", "12ms", "40ms", null)),
            change(
                    "WaitingForLock",
                    List.of(
                            is("Ready", "False", "WaitingForLock", 500),
                            is("Reconciling", "True", "WaitingForLock", 500)),
                    phase("Waiting", 7, "1.5s", null, "90ms", null),
                    phase("Pending", null, null, null, null, null)),
            change(
                    "Stalled",
                    List.of(
                            is("Ready", "False", "PermissionDenied", 700),
                            is("Stalled", "True", "PermissionDenied", 700)),
                    phase("Refused", 0, "0s", null, null, "PermissionDenied")),
            change("Suspended", List.of(is("Ready", "False", "Suspended", 9000))),
            change(null, null));
    private final Job failed = new JobBuilder()
            .withNewStatus()
            .addNewCondition()
            .withType("Failed")
            .withStatus("True")
            .withReason("BackoffLimitExceeded")
            .endCondition()
            .endStatus()
            .build();

    @Test
    void theDocumentationListsExactlyWhatIsExposed() throws Exception {
        List<String> documented = Files.readAllLines(Path.of("docs/reference/metrics.md")).stream()
                .map(ROW::matcher)
                .filter(matcher -> matcher.matches())
                .map(row ->
                        row.group(1) + " " + row.group(2) + " " + row.group(3).replace("`", "") + ": " + row.group(4))
                .toList();
        assertThat(families(true).stream()
                        .map(family -> family.name + " "
                                + (family.type == Type.GAUGE ? "gauge" : "gauge histogram") + " "
                                + labels(family) + ": " + family.help)
                        .toList())
                .containsExactlyElementsOf(documented);
    }

    @Test
    void whatIsExposedIsWhatTheStatusesSay() throws Exception {
        assertThat(text(true))
                .contains(
                        "phaselock_leader 1.0",
                        "phaselock_changes{step=\"Pending\",result=\"Progressing\",} 1.0",
                        "phaselock_changes{step=\"Ready\",result=\"Succeeded\",} 1.0",
                        "phaselock_changes{step=\"Stalled\",result=\"Stalled\",} 1.0",
                        "phaselock_changes{step=\"Suspended\",result=\"Suspended\",} 1.0",
                        "phaselock_changes{step=\"WaitingForLock\",result=\"Progressing\",} 1.0",
                        "phaselock_changes_stalled{reason=\"PermissionDenied\",} 1.0",
                        "phaselock_oldest_unfinished_change_seconds 900.0",
                        "phaselock_phases{state=\"Done\",} 1.0",
                        "phaselock_phases{state=\"Waiting\",} 1.0",
                        "phaselock_phases_failing{reason=\"PermissionDenied\",} 1.0",
                        "phaselock_phase_attempts 4.0",
                        "phaselock_jobs_failed{reason=\"BackoffLimitExceeded\",} 1.0",
                        "phaselock_lock_tries 10.0",
                        "phaselock_lock_waited_seconds_bucket{le=\"1.0\",} 0.0",
                        "phaselock_lock_waited_seconds_bucket{le=\"10.0\",} 1.0",
                        "phaselock_lock_waited_seconds_bucket{le=\"300.0\",} 2.0",
                        "phaselock_lock_waited_seconds_bucket{le=\"+Inf\",} 2.0",
                        "phaselock_lock_waited_seconds_gcount 2.0",
                        "phaselock_lock_waited_seconds_gsum 121.5",
                        "phaselock_lock_held_seconds_bucket{le=\"0.01\",} 0.0",
                        "phaselock_lock_held_seconds_bucket{le=\"0.025\",} 1.0",
                        "phaselock_writers_longest_delay_seconds 0.09")
                .doesNotContain("orders");
    }

    @Test
    void aReasonThatNobodyKnowsMakesNoSeriesOfItsOwn() {
        SchemaChange odd = change(
                "Stalled", List.of(is("Stalled", "True", "Surprise4711", 1)), phase("Odd", 1, null, null, null, "Odd"));
        List<String> values = new ChangeMetrics(() -> List.of(odd), List::of, new Leadership(true), clock())
                .collect().stream()
                        .flatMap(family -> family.samples.stream())
                        .flatMap(sample -> sample.labelValues.stream())
                        .toList();
        assertThat(values).contains("Other").doesNotContain("Surprise4711", "Odd");
    }

    @Test
    void whoStandsByTellsOfNoChanges() {
        assertThat(families(false)).singleElement().satisfies(family -> {
            assertThat(family.name).isEqualTo("phaselock_leader");
            assertThat(family.samples.getFirst().value).isZero();
        });
    }

    private List<MetricFamilySamples> families(boolean leading) {
        return new ChangeMetrics(() -> changes, () -> List.of(failed), new Leadership(leading), clock()).collect();
    }

    private String text(boolean leading) throws IOException {
        var registry = new CollectorRegistry(true);
        registry.register(new ChangeMetrics(() -> changes, () -> List.of(failed), new Leadership(leading), clock()));
        var text = new StringWriter();
        TextFormat.write004(text, registry.metricFamilySamples());
        return text.toString();
    }

    private static String labels(MetricFamilySamples family) {
        return String.join(
                ", ",
                family.samples.getFirst().labelNames.stream()
                        .filter(label -> !label.equals("le"))
                        .toList());
    }

    private static Clock clock() {
        return Clock.fixed(NOW, ZoneOffset.UTC);
    }

    private static SchemaChange change(
            @Nullable String step, @Nullable List<Condition> conditions, PhaseStatus... phases) {
        var change = new SchemaChange();
        change.setMetadata(new ObjectMetaBuilder()
                .withNamespace("shop")
                .withName("orders")
                .withCreationTimestamp(NOW.minusSeconds(900).toString())
                .build());
        if (step != null) {
            change.setStatus(new SchemaChangeStatus(
                    1L,
                    conditions,
                    step,
                    "public.orders",
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    List.of(phases),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null));
        }
        return change;
    }

    private static Condition is(String type, String status, String reason, long secondsAgo) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withLastTransitionTime(NOW.minusSeconds(secondsAgo).toString())
                .build();
    }

    private static PhaseStatus phase(
            String state,
            @Nullable Integer tries,
            @Nullable String waited,
            @Nullable String held,
            @Nullable String longestDelay,
            @Nullable String reason) {
        return new PhaseStatus(
                "1-apply",
                "Apply",
                null,
                state,
                null,
                null,
                null,
                1,
                tries,
                waited,
                held,
                2,
                longestDelay,
                longestDelay,
                null,
                null,
                null,
                reason,
                null,
                null,
                null,
                null);
    }
}
