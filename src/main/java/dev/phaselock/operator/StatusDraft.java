package dev.phaselock.operator;

import dev.phaselock.api.BlockerStatus;
import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.UndoStatus;
import dev.phaselock.api.ViolationStatus;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Undo;
import dev.phaselock.plan.Violations;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A status that is being written: it starts as the previous one. */
final class StatusDraft {
    final long previousGeneration;
    final List<Condition> previousConditions;

    @Nullable
    String step;

    @Nullable
    String target;

    @Nullable
    String change;

    @Nullable
    String planHash;

    List<String> relations = List.of();
    boolean begun;
    final List<PhaseDraft> phases = new ArrayList<>();
    List<BlockerStatus> blockers = List.of();
    List<ViolationStatus> violations = List.of();

    @Nullable
    String progress;

    @Nullable
    String serverVersion;

    @Nullable
    String started;

    @Nullable
    String completed;

    int failures;

    @Nullable
    Instant failingSince;

    @Nullable
    Instant nextAttempt;

    @Nullable
    String handledRetry;

    /** Sorted: what is undone first is first. */
    final SortedMap<Undo, UndoStatus> undo = new TreeMap<>();

    @Nullable
    Undo undoing;

    /** Of the text that is carried out; null without spec.sqlFrom, and before it was read. */
    @Nullable
    String sqlHash;

    StatusDraft(@Nullable SchemaChangeStatus previous) {
        if (previous == null) {
            previousGeneration = -1;
            previousConditions = List.of();
            return;
        }
        previousGeneration = previous.observedGeneration() == null ? -1 : previous.observedGeneration();
        previousConditions = orEmpty(previous.conditions());
        step = previous.step();
        target = previous.target();
        change = previous.change();
        planHash = previous.planHash();
        relations = orEmpty(previous.relations());
        begun = Boolean.TRUE.equals(previous.begun());
        for (PhaseStatus phase : orEmpty(previous.phases())) {
            phases.add(PhaseDraft.of(phase));
        }
        blockers = orEmpty(previous.blockers());
        violations = orEmpty(previous.violations());
        progress = previous.progress();
        serverVersion = previous.serverVersion();
        started = previous.started();
        completed = previous.completed();
        failures = previous.failures() == null ? 0 : previous.failures();
        failingSince = previous.failingSince() == null ? null : Instant.parse(previous.failingSince());
        nextAttempt = previous.nextAttempt() == null ? null : Instant.parse(previous.nextAttempt());
        handledRetry = previous.handledRetry();
        orEmpty(previous.undo()).forEach(part -> undo.put(Undo.parse(part.part()), part));
        undoing = previous.undoing() == null ? null : Undo.parse(previous.undoing());
        sqlHash = previous.sqlHash();
    }

    SchemaChangeStatus toStatus(long generation, List<Condition> conditions) {
        LockReport sum = report();
        return new SchemaChangeStatus(
                generation,
                conditions,
                step,
                target,
                change,
                sum.tries(),
                Durations.format(sum.waitedMillis()),
                Durations.format(sum.delayedMillis()),
                planHash,
                relations.isEmpty() ? null : relations,
                begun ? true : null,
                phases.isEmpty()
                        ? null
                        : phases.stream().map(PhaseDraft::toStatus).toList(),
                blockers.isEmpty() ? null : blockers,
                violations.isEmpty() ? null : violations,
                progress,
                serverVersion,
                started,
                completed,
                failures == 0 ? null : failures,
                failures == 0 || failingSince == null ? null : failingSince.toString(),
                nextAttempt == null ? null : nextAttempt.toString(),
                handledRetry,
                undo.isEmpty() ? null : List.copyOf(undo.values()),
                undoing == null ? null : undoing.toString(),
                sqlHash);
    }

    /** What the first look found: only what is absent then can be undone later (UNDO-1). */
    void absent(@Nullable List<String> parts) {
        undo.clear();
        orEmpty(parts).forEach(part -> mark(Undo.parse(part), UndoState.ABSENT, null));
    }

    /** A phase of a change that alters the database begins. */
    void adds(int change) {
        undo.replaceAll((part, status) -> part.change() == change && UndoState.of(status) == UndoState.ABSENT
                ? new UndoStatus(status.part(), UndoState.ADDED.label(), null)
                : status);
    }

    /** Whether a phase has had one Job, and no other phase of its change that changes the database one. */
    boolean onlyBegun(PhaseDraft phase) {
        return phase.attempts == 1
                && phases.stream()
                        .noneMatch(other -> other != phase
                                && other.change == phase.change
                                && other.type.changesDatabase()
                                && other.attempts > 0);
    }

    /** Somebody else added it between the first look and its first phase. */
    void foundThere(int change) {
        List.copyOf(undo.keySet()).stream()
                .filter(part -> part.change() == change)
                .forEach(part -> mark(part, UndoState.LEFT, "It was there before its phase began."));
    }

    void mark(Undo part, UndoState state, @Nullable String message) {
        undo.put(part, new UndoStatus(part.toString(), state.label(), message));
    }

    /** How much was left as it is. */
    long left() {
        return undo.values().stream()
                .filter(part -> UndoState.of(part) == UndoState.LEFT)
                .count();
    }

    /** Whether a phase that undoes something had a Job: it was not all gone already. */
    boolean begunUndoing() {
        return phases.stream().anyMatch(phase -> phase.type.changesDatabase() && phase.attempts > 0);
    }

    /** What is still to be undone, the next first. */
    List<Undo> toUndo() {
        return undo.entrySet().stream()
                .filter(part -> UndoState.of(part.getValue()) == UndoState.ADDED)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What lock acquisition has cost in all phases. */
    LockReport report() {
        return phases.stream().map(phase -> phase.report).reduce(LockReport.NONE, LockReport::plus);
    }

    /** The phase whose Job's result is still to be recorded. */
    Optional<PhaseDraft> active() {
        return phases.stream().filter(phase -> phase.state.active()).findFirst();
    }

    /** Preflight, which is always the first. */
    PhaseDraft preflight() {
        if (phases.isEmpty()) {
            var preflight = new PhaseDraft(PhaseRequest.PREFLIGHT, PhaseType.PREFLIGHT);
            preflight.label = "looks at the database and plans";
            phases.add(preflight);
        }
        return phases.getFirst();
    }

    /** The phase whose turn it is; empty when all are done. */
    Optional<PhaseDraft> next() {
        if (planHash == null) {
            return Optional.of(preflight());
        }
        return phases.stream().filter(phase -> phase.state != PhaseState.DONE).findFirst();
    }

    /** Whether the plan is known and all of it is done. */
    boolean complete() {
        return planHash != null && next().isEmpty();
    }

    /** Whether the plan is known and every constraint of it is there. */
    boolean applied() {
        return planHash != null
                && phases.stream()
                        .filter(phase -> phase.type.applies())
                        .allMatch(phase -> phase.state == PhaseState.DONE);
    }

    /** The plan no longer holds: Preflight has to make one again. */
    void forgetPlan() {
        planHash = null;
        preflight().state = PhaseState.PENDING;
    }

    void blockers(List<Blocker> seen) {
        blockers = seen.stream()
                .map(blocker -> new BlockerStatus(
                        blocker.pid(),
                        blocker.application(),
                        blocker.state(),
                        Durations.rounded(blocker.ageMillis()),
                        blocker.mode(),
                        blocker.relation(),
                        blocker.client(),
                        null,
                        blocker.spared()))
                .toList();
    }

    void violations(List<Violations> seen) {
        violations = seen.stream()
                .map(found -> new ViolationStatus(found.constraint(), found.table(), found.count(), found.sample()))
                .toList();
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
