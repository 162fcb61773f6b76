package dev.phaselock.operator;

import dev.phaselock.operator.Decision.EventOrder;
import dev.phaselock.operator.Decision.JobOrder;
import dev.phaselock.operator.Observation.Obstacle;
import dev.phaselock.plan.LockReport;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One decision while it is made: the steps of {@link Decider#decide}. */
final class Round {
    /** How long after a Job's end its pod's last word may still be on its way through another watch. */
    private static final Duration RESULT_PATIENCE = Duration.ofSeconds(5);
    /** How long a pod may take to end before its node counts as gone. */
    private static final Duration NODE_PATIENCE = Duration.ofMinutes(3);
    /** When a queued change looks by itself, should nobody wake it. */
    private static final Duration QUEUE_PATIENCE = Duration.ofMinutes(1);
    /** When it is seen that a Job has no pod. */
    static final Duration POD_PATIENCE = Duration.ofSeconds(10);

    final Observation o;
    final StatusDraft s;
    /** Why a person is needed; null while none is. */
    @Nullable
    Standing stall;
    /** What goes on; set by the one step that finds it. */
    @Nullable
    Standing activity;
    /** What Preflight said in this round; null when it said nothing. */
    @Nullable
    Verdict verdict;
    /** Whether an edit made everything that was found out before worthless. */
    boolean forgotten;

    private final TextOfSql text;
    private @Nullable JobOrder order;
    private @Nullable Duration lookAgain;
    private final List<String> delete = new ArrayList<>();
    private final List<String> expire = new ArrayList<>();
    private final List<EventOrder> endings = new ArrayList<>();

    /** What Accepted becomes. */
    record Verdict(boolean accepted, ConditionReason reason, String message) {}

    Round(Observation observation) {
        o = observation;
        s = new StatusDraft(observation.previous());
        text = new TextOfSql(this);
    }

    Decision decide() {
        stall = previousStall();
        beginAgainWhenAsked();
        s.active().ifPresent(this::recordActive);
        if (activity == null) {
            goOn();
        }
        text.lookAgain();
        return ended(ConditionWriter::write, false);
    }

    /** Ends the round: what is decided. */
    Decision ended(Function<ConditionWriter, List<Condition>> conditions, boolean released) {
        tidyJobs();
        var writer = new ConditionWriter(this);
        List<Condition> list = conditions.apply(writer);
        List<EventOrder> events = new ArrayList<>(endings);
        events.addAll(writer.events());
        return new Decision(s.toStatus(o.generation(), list), order, delete, expire, events, lookAgain, released);
    }

    /** Another event than those of the conditions. */
    void tell(boolean warning, ConditionReason reason, String message) {
        endings.add(new EventOrder(warning, reason, message));
    }

    /** A stall outlives the attempts that look whether it is over. */
    @Nullable
    Standing previousStall() {
        var before = new Conditions(s.previousConditions, o.generation(), o.now());
        Condition stalled = before.before(ConditionType.STALLED);
        Condition validated = before.before(ConditionType.VALIDATED);
        // With gate Applied a problem does not stall the change; Validated keeps it.
        Condition source = stalled != null
                ? stalled
                : before.wasTrue(ConditionType.READY) && !before.wasTrue(ConditionType.VALIDATED) ? validated : null;
        return source == null
                ? null
                : ConditionReason.of(source.getReason())
                        .filter(reason -> reason.kind() == ConditionReason.Kind.PROBLEM)
                        .map(reason -> Phrases.stall(reason, source.getMessage()))
                        .orElse(null);
    }

    void beginAgainWhenAsked() {
        if (s.started == null) {
            s.started = Times.now(o).toString();
        }
        boolean edited = s.previousGeneration != -1 && s.previousGeneration != o.generation();
        boolean retried = o.retry() != null && !o.retry().equals(s.handledRetry);
        if (retried) {
            s.handledRetry = o.retry();
        }
        if (!edited && !retried) {
            return;
        }
        s.failures = 0;
        s.nextAttempt = null;
        stall = null;
        for (PhaseDraft phase : s.phases) {
            if (phase.state != PhaseState.DONE) {
                phase.waitedBeforeRetry = phase.report.waitedMillis();
                phase.reason = null;
                phase.message = null;
                if (!phase.state.active()) {
                    phase.state = PhaseState.PENDING;
                }
            }
        }
        if (edited && !s.begun) {
            forget();
        }
        if (retried && s.begun) {
            text.mayBeAnother();
        }
    }

    /** Nothing was changed yet: it begins anew. */
    void forget() {
        forgotten = true;
        s.sqlHash = null;
        s.forgetPlan();
        s.phases.subList(1, s.phases.size()).clear();
        s.relations = List.of();
        s.violations = List.of();
        s.blockers = List.of();
    }

    void recordActive(PhaseDraft phase) {
        ObservedJob job = o.job(phase.job).orElse(null);
        if (job == null) {
            missing(phase);
            return;
        }
        if (job.result() != null) {
            new Outcomes(this, phase, job).record(job.result());
            return;
        }
        if (job.finish() != null) {
            Duration left = RESULT_PATIENCE.minus(Duration.between(job.finish().at(), o.now()));
            if (left.isPositive()) {
                activity = Phrases.running(phase, null, o.spec().locksOrDefault());
                lookAgainAfter(left);
            } else {
                new Outcomes(this, phase, job).endedWithoutResult(job.finish());
            }
            return;
        }
        if (job.terminatingSince() != null) {
            Duration left = NODE_PATIENCE.minus(Duration.between(job.terminatingSince(), o.now()));
            if (!left.isPositive()) {
                new Outcomes(this, phase, job).lost();
                return;
            }
            lookAgainAfter(left);
        }
        new LiveJob(this, phase, job).record();
    }

    /** The status names a Job that is not there: it was not made yet, or somebody deleted it. */
    private void missing(PhaseDraft phase) {
        phase.state = PhaseState.PENDING;
        s.progress = null;
        s.blockers = List.of();
        // With another text there may be no such phase any more.
        if (!o.suspended() && text.stands() && s.phases.contains(phase)) {
            make(phase);
        }
    }

    /** Takes down what lock acquisition has cost; whom it ended since the last time is an event. */
    void cost(PhaseDraft phase, LockReport report) {
        int since = Math.min(
                report.blockersEnded() - phase.report.blockersEnded(),
                report.endings().size());
        if (since > 0) {
            report
                    .endings()
                    .subList(report.endings().size() - since, report.endings().size())
                    .stream()
                    .forEach(ending -> tell(true, ConditionReason.BLOCKER_ENDED, ending));
        }
        phase.report = report;
    }

    void goOn() {
        if (s.complete()) {
            stall = null;
            s.failures = 0;
            s.nextAttempt = null;
            s.progress = null;
            s.blockers = List.of();
            s.violations = List.of();
            activity = Phrases.complete(s.begun);
            return;
        }
        if (!o.suspended() && !text.stands()) {
            return;
        }
        PhaseDraft phase = s.next().orElseThrow();
        if (o.suspended()) {
            stall = null;
            if (phase.state == PhaseState.QUEUED) {
                phase.state = PhaseState.PENDING;
            }
            activity = Phrases.suspended("Set spec.suspend to false to go on.");
        } else if (s.undoing == null && s.planHash != null && !o.spec().approves(s.planHash)) {
            stall = null;
            activity = Phrases.awaitingApproval(s.planHash);
        } else if (o.requestBytes() > Decider.REQUEST_LIMIT) {
            tooLarge(phase);
        } else if (s.nextAttempt != null && o.now().isBefore(s.nextAttempt)) {
            lookAgainAfter(Duration.between(o.now(), s.nextAttempt));
            activity = Phrases.pausing(phase);
        } else if (s.nextAttempt == null && phase.state.rests()) {
            activity = Phrases.pausing(phase);
        } else {
            phase.attempts++;
            String plan = s.undoing == null ? s.planHash : "undo/" + s.undoing + "/" + s.planHash;
            phase.job = JobNames.of(o.name(), o.uid(), o.generation(), plan, phase.name, phase.attempts);
            make(phase);
        }
    }

    private void tooLarge(PhaseDraft phase) {
        String message =
                "spec.changes, spec.database, spec.locks and spec.validation are %d bytes of JSON, more than the %d that a Job takes: split the changes into several SchemaChanges."
                        .formatted(o.requestBytes(), Decider.REQUEST_LIMIT);
        phase.state = PhaseState.REFUSED;
        phase.reason = ConditionReason.INVALID_SPEC;
        phase.message = message;
        s.nextAttempt = null;
        verdict = new Verdict(false, ConditionReason.INVALID_SPEC, message);
        stall = Phrases.stall(ConditionReason.INVALID_SPEC, message);
        activity = stall;
    }

    /** Wants the phase's Job, whose name and attempt are set, to be there. */
    private void make(PhaseDraft phase) {
        switch (o.obstacle()) {
            case Obstacle.NoSlot(String message) -> {
                phase.attempts--;
                phase.state = PhaseState.QUEUED;
                activity = new Standing("Queued", ConditionReason.QUEUED, message);
                lookAgainAfter(QUEUE_PATIENCE);
            }
            case Obstacle.NamespaceEnds(String message) -> rejected(phase, message);
            case Obstacle.Rejected(String message) -> rejected(phase, message);
            case null -> {
                phase.state = PhaseState.RUNNING;
                phase.completed = null;
                if (phase.started == null) {
                    phase.started = Times.now(o).toString();
                }
                s.nextAttempt = null;
                s.progress = null;
                s.blockers = List.of();
                s.begun |= phase.type.changesDatabase();
                if (phase.type.changesDatabase() && s.undoing == null) {
                    s.adds(phase.change);
                }
                if (o.sql() != null) {
                    s.sqlHash = o.sql().hash();
                }
                activity = Phrases.starting(phase);
                lookAgainAfter(POD_PATIENCE);
                order = new JobOrder(
                        phase.job,
                        phase.name,
                        phase.type,
                        phase.attempts,
                        s.planHash,
                        phase.report,
                        phase.waitedMillis(),
                        s.report().delayedMillis(),
                        phase.verified,
                        s.planHash == null ? List.of() : s.relations,
                        s.undoing,
                        o.sql() == null ? null : o.sql().text());
            }
        }
    }

    private void rejected(PhaseDraft phase, String message) {
        phase.attempts--;
        new Outcomes(this, phase, null).rejected(message);
        activity = Phrases.pausing(phase);
        lookAgainAfter(Duration.between(o.now(), s.nextAttempt));
    }

    private void tidyJobs() {
        String current = s.active().map(phase -> phase.job).orElse(null);
        for (ObservedJob job : o.jobs()) {
            if (job.name().equals(current)) {
                continue;
            }
            if (job.finish() != null) {
                if (!job.expiring()) {
                    expire.add(job.name());
                }
            } else if (job.result() == null && !job.deleting() && outdated(job) && !delete.contains(job.name())) {
                delete.add(job.name());
            }
        }
    }

    /** Whether the status knows better than this Job; one that it does not know yet may be newer than what was read. */
    private boolean outdated(ObservedJob job) {
        return s.phases.stream()
                .filter(phase -> phase.name.equals(job.phase()))
                .findFirst()
                .map(phase -> job.attempt() <= phase.attempts)
                .orElse(true);
    }

    /** Wants a Job to end. */
    void delete(ObservedJob job) {
        delete.add(job.name());
    }

    void lookAgainAfter(Duration pause) {
        if (lookAgain == null || pause.compareTo(lookAgain) < 0) {
            lookAgain = pause;
        }
    }
}
