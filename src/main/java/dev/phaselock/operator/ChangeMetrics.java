package dev.phaselock.operator;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Prometheus reads of all SchemaChanges, computed at each scrape from the statuses and Jobs in the operator's cache:
 * nothing is counted beside them, so it is right after a restart, and what is deleted is gone from it. So all of it are
 * gauges. No label has a value that people choose; docs/reference/metrics.md lists all.
 *
 * <p>Only the operator that leads tells of changes, so that sums over replicas are right; each tells whether it leads.
 */
final class ChangeMetrics extends Collector {
    private static final String UNKNOWN = "Other";
    /** Upper bounds, seconds. A wait may last for hours, a lock is held for milliseconds. */
    private static final List<Double> WAITED = List.of(0.1, 1.0, 10.0, 60.0, 300.0, 1800.0, 7200.0);

    private static final List<Double> HELD = List.of(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0);
    /** What the Job controller gives (batch/v1, JobReason); others would be a version's of the future. */
    private static final Set<String> JOB_REASONS =
            Set.of("BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy", "FailedIndexes");

    /** Nothing is wrong, and nothing goes on before somebody says so. */
    private static final Set<String> PERSONS_TURN =
            Set.of(ConditionReason.SUSPENDED.label(), ConditionReason.AWAITING_APPROVAL.label());

    private final Supplier<List<SchemaChange>> changes;
    private final Supplier<List<Job>> jobs;
    private final Leadership leadership;
    private final Clock clock;

    ChangeMetrics(Supplier<List<SchemaChange>> changes, Supplier<List<Job>> jobs, Leadership leadership, Clock clock) {
        this.changes = changes;
        this.jobs = jobs;
        this.leadership = leadership;
        this.clock = clock;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>();
        families.add(gauge(
                "phaselock_leader",
                "1 for the operator that works, 0 for one that stands by.",
                leadership.leading() ? 1 : 0));
        if (!leadership.leading()) {
            return families;
        }
        List<SchemaChange> all = changes.get();
        List<PhaseStatus> phases = all.stream().flatMap(ChangeMetrics::phases).toList();
        families.add(counts(
                "phaselock_changes",
                "SchemaChanges by step and result.",
                List.of("step", "result"),
                all.stream().map(change -> List.of(step(change), result(change)))));
        families.add(counts(
                "phaselock_changes_stalled",
                "SchemaChanges that need a person, by reason.",
                List.of("reason"),
                all.stream()
                        .flatMap(change -> condition(change, ConditionType.STALLED).stream())
                        .map(stalled -> List.of(reason(stalled.getReason())))));
        families.add(gauge(
                "phaselock_oldest_unfinished_change_seconds",
                "For how long the oldest SchemaChange that is neither Ready nor suspended has been so; 0 without one.",
                all.stream()
                        .filter(change -> !Set.of("Succeeded", "Suspended").contains(result(change)))
                        .mapToDouble(this::unfinishedSeconds)
                        .max()
                        .orElse(0)));
        families.add(counts(
                "phaselock_phases",
                "Phases by state.",
                List.of("state"),
                phases.stream()
                        .map(phase -> List.of(PhaseState.of(phase.state()).label()))));
        families.add(counts(
                "phaselock_phases_failing",
                "Phases whose latest attempt ended before they were done, by reason.",
                List.of("reason"),
                phases.stream().filter(phase -> phase.reason() != null).map(phase -> List.of(reason(phase.reason())))));
        families.add(
                gauge("phaselock_phase_attempts", "Jobs made for all phases.", sum(phases, PhaseStatus::attempts)));
        families.add(counts(
                "phaselock_jobs_failed",
                "Jobs that are there and have failed, by the Job's own reason.",
                List.of("reason"),
                jobs.get().stream().flatMap(job -> failure(job).stream()).map(List::of)));
        families.add(gauge("phaselock_lock_tries", "Tries to acquire a lock.", sum(phases, PhaseStatus::tries)));
        families.add(histogram(
                "phaselock_lock_waited_seconds",
                "How long phases waited for their locks, without anybody else waiting.",
                WAITED,
                seconds(phases.stream().filter(ChangeMetrics::tried), PhaseStatus::waited)));
        families.add(histogram(
                "phaselock_lock_held_seconds",
                "How long phases held their locks.",
                HELD,
                seconds(phases.stream(), PhaseStatus::held)));
        families.add(gauge(
                "phaselock_writers_delayed",
                "Sessions seen waiting behind a try.",
                sum(phases, PhaseStatus::writersDelayed)));
        families.add(gauge(
                "phaselock_writers_delayed_seconds",
                "For how long sessions waited behind tries, added up.",
                seconds(phases.stream(), PhaseStatus::delayed).stream()
                        .mapToDouble(Double::doubleValue)
                        .sum()));
        families.add(gauge(
                "phaselock_writers_longest_delay_seconds",
                "The longest that a session waited behind a try.",
                seconds(phases.stream(), PhaseStatus::longestDelay).stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(0)));
        return families;
    }

    private static Stream<PhaseStatus> phases(SchemaChange change) {
        SchemaChangeStatus status = change.getStatus();
        return status == null || status.phases() == null ? Stream.empty() : status.phases().stream();
    }

    private static boolean tried(PhaseStatus phase) {
        return phase.tries() != null && phase.tries() > 0;
    }

    private static String step(SchemaChange change) {
        SchemaChangeStatus status = change.getStatus();
        return status == null || status.step() == null ? "Pending" : status.step();
    }

    private static String result(SchemaChange change) {
        if (condition(change, ConditionType.STALLED).isPresent()) {
            return "Stalled";
        }
        Optional<Condition> ready = condition(change, ConditionType.READY);
        if (ready.isPresent() && ready.get().getStatus().equals("True")) {
            return "Succeeded";
        }
        return ready.map(Condition::getReason).filter(PERSONS_TURN::contains).isPresent() ? "Suspended" : "Progressing";
    }

    private double unfinishedSeconds(SchemaChange change) {
        String since = condition(change, ConditionType.READY)
                .map(Condition::getLastTransitionTime)
                .orElse(change.getMetadata().getCreationTimestamp());
        return Math.max(
                0, Duration.between(Instant.parse(since), clock.instant()).toSeconds());
    }

    private static Optional<Condition> condition(SchemaChange change, ConditionType type) {
        SchemaChangeStatus status = change.getStatus();
        return status == null || status.conditions() == null
                ? Optional.empty()
                : status.conditions().stream()
                        .filter(condition -> condition.getType().equals(type.label()))
                        .findFirst();
    }

    /** One of the closed list, whatever somebody wrote into a status. */
    private static String reason(@Nullable String label) {
        return ConditionReason.of(label).map(ConditionReason::label).orElse(UNKNOWN);
    }

    private static Optional<String> failure(Job job) {
        return job.getStatus() == null || job.getStatus().getConditions() == null
                ? Optional.empty()
                : job.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals("Failed")
                                && condition.getStatus().equals("True"))
                        .map(JobCondition::getReason)
                        .map(reason -> JOB_REASONS.contains(reason) ? reason : UNKNOWN)
                        .findFirst();
    }

    private static double sum(List<PhaseStatus> phases, Function<PhaseStatus, @Nullable Integer> field) {
        return phases.stream()
                .map(field)
                .filter(Objects::nonNull)
                .mapToLong(Integer::longValue)
                .sum();
    }

    private static List<Double> seconds(Stream<PhaseStatus> phases, Function<PhaseStatus, @Nullable String> field) {
        return phases.map(field)
                .filter(Objects::nonNull)
                .map(text -> Durations.parse(text) / 1000.0)
                .toList();
    }

    private static MetricFamilySamples gauge(String name, String help, double value) {
        return new MetricFamilySamples(name, Type.GAUGE, help, List.of(new Sample(name, List.of(), List.of(), value)));
    }

    private static MetricFamilySamples counts(
            String name, String help, List<String> labels, Stream<List<String>> values) {
        Map<List<String>, Long> counts = values.collect(Collectors.groupingBy(
                Function.identity(),
                () -> new TreeMap<>((a, b) -> String.join(" ", a).compareTo(String.join(" ", b))),
                Collectors.counting()));
        return new MetricFamilySamples(
                name,
                Type.GAUGE,
                help,
                counts.entrySet().stream()
                        .map(count -> new Sample(name, labels, count.getKey(), count.getValue()))
                        .toList());
    }

    /** A gauge histogram: a distribution of what is there now, that shrinks when a change is deleted. */
    private static MetricFamilySamples histogram(String name, String help, List<Double> bounds, List<Double> values) {
        ToDoubleFunction<Double> within =
                bound -> values.stream().filter(value -> value <= bound).count();
        List<Sample> samples = new ArrayList<>();
        for (double bound : bounds) {
            samples.add(new Sample(
                    name + "_bucket", List.of("le"), List.of(doubleToGoString(bound)), within.applyAsDouble(bound)));
        }
        samples.add(new Sample(name + "_bucket", List.of("le"), List.of("+Inf"), values.size()));
        samples.add(new Sample(name + "_gcount", List.of(), List.of(), values.size()));
        samples.add(new Sample(
                name + "_gsum",
                List.of(),
                List.of(),
                values.stream().mapToDouble(Double::doubleValue).sum()));
        return new MetricFamilySamples(name, Type.GAUGE_HISTOGRAM, help, samples);
    }
}
