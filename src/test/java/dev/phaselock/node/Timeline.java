package dev.phaselock.node;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * When what happened on the way of a change.
 *
 * @param applied when {@code kubectl apply} was started
 * @param phases in their order
 * @param ready when the API server told that it was Ready
 */
record Timeline(Instant applied, List<Phase> phases, Instant ready) {
    /**
     * Of one phase.
     *
     * @param name the phase's
     * @param job when its Job was seen
     * @param pod when its pod was seen
     * @param scheduled when the pod was seen to have a node
     * @param started when the container's process began
     * @param exited when it ended
     * @param terminated when the pod was seen to say so
     */
    record Phase(
            String name,
            Instant job,
            Instant pod,
            Instant scheduled,
            Instant started,
            Instant exited,
            Instant terminated) {}

    private record Part(String name, Function<Timeline, Duration> time) {}

    Duration total() {
        return Duration.between(applied, ready);
    }

    /** The median and the extremes of each part over several runs, as a table. */
    static String report(List<Timeline> timelines) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("apply to first Job", t -> between(t.applied, t.phases.getFirst().job)));
        int phases = timelines.getFirst().phases.size();
        for (int i = 0; i < phases; i++) {
            int index = i;
            String name = timelines.getFirst().phases.get(i).name;
            parts.add(part(name + ": Job to pod", index, phase -> between(phase.job, phase.pod)));
            parts.add(part(name + ": pod to node", index, phase -> between(phase.pod, phase.scheduled)));
            parts.add(part(name + ": node to process", index, phase -> between(phase.scheduled, phase.started)));
            parts.add(part(name + ": process", index, phase -> between(phase.started, phase.exited)));
            parts.add(part(name + ": end to its status", index, phase -> between(phase.exited, phase.terminated)));
            parts.add(new Part(
                    name + ": status to " + (i + 1 < phases ? "next Job" : "Ready"),
                    t -> between(
                            t.phases.get(index).terminated,
                            index + 1 < t.phases.size() ? t.phases.get(index + 1).job : t.ready)));
        }
        parts.add(new Part("all", Timeline::total));
        return "From kubectl apply to Ready, ms: median (least to most) of " + timelines.size() + " runs\n"
                + parts.stream().map(part -> line(part, timelines)).collect(Collectors.joining());
    }

    private static String line(Part part, List<Timeline> timelines) {
        List<Long> sorted = timelines.stream()
                .map(timeline -> part.time.apply(timeline).toMillis())
                .sorted()
                .toList();
        return String.format(
                Locale.ROOT,
                "%-36s %6d (%d to %d)%n",
                part.name,
                sorted.get(sorted.size() / 2),
                sorted.getFirst(),
                sorted.getLast());
    }

    private static Part part(String name, int index, Function<Phase, Duration> time) {
        return new Part(name, timeline -> time.apply(timeline.phases.get(index)));
    }

    private static Duration between(Instant from, Instant to) {
        return Duration.between(from, to);
    }
}
