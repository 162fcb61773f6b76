package dev.phaselock.operator;

import dev.phaselock.operator.ConditionReason.Kind;
import dev.phaselock.operator.ObservedJob.Finish;
import dev.phaselock.operator.Round.Verdict;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the end of a phase's Job means for the change. */
final class Outcomes {
    /** So many crashes in a row need a person. */
    private static final int CRASHES = 5;
    /** What is often only being set up needs a person when it was not there so many times. */
    private static final int ABSENCES = 3;

    /** A passing fault after so long is not one more of a row: the attempt did get somewhere. */
    private static final Duration LONG_RUN = Duration.ofMinutes(10);

    private static final Set<ConditionReason> ON_ITS_WAY =
            Set.of(ConditionReason.SECRET_MISSING, ConditionReason.CONNECTION_FAILED, ConditionReason.READ_ONLY);

    /** What speaks of the thing that is to be undone, and not of the way to it. */
    private static final Set<ConditionReason> NOT_AS_MADE = Set.of(
            ConditionReason.INVALID_TARGET,
            ConditionReason.CONFLICTING_DEFINITION,
            ConditionReason.INVALID_SPEC,
            ConditionReason.UNSUPPORTED);

    private final Round round;
    private final Observation o;
    private final StatusDraft s;
    private final PhaseDraft phase;
    private final @Nullable ObservedJob job;

    Outcomes(Round round, PhaseDraft phase, @Nullable ObservedJob job) {
        this.round = round;
        this.o = round.o;
        this.s = round.s;
        this.phase = phase;
        this.job = job;
    }

    void record(PhaseResult result) {
        round.cost(phase, job.earlier().plus(result.report()));
        if (result.serverVersion() != null) {
            s.serverVersion = result.serverVersion();
        }
        s.progress = null;
        s.blockers(result.outcome() == Outcome.DONE ? List.of() : result.blockers());
        ConditionReason reason = ConditionReason.of(result.reason());
        // An edit came while it ran: what it did not like may be gone.
        boolean outdated = job.generation() < o.generation();
        if (result.outcome() == Outcome.DONE || result.outcome() == Outcome.VIOLATED) {
            phase.verified = null;
        }
        switch (result.outcome()) {
            case DONE -> done(result);
            case VIOLATED -> violated(result);
            case TRANSIENT -> {
                // Before anything is begun, a server that is not there may well be a wrong address.
                if (phase.type == PhaseType.PREFLIGHT && reason.kind() == Kind.PROBLEM) {
                    refused(reason, result.message(), true);
                } else {
                    again(reason, result.message());
                }
            }
            case PLAN_CHANGED -> planChanged(reason, result.message());
            case REFUSED -> {
                if (outdated) {
                    atOnce();
                } else {
                    refused(reason, result.message(), result.reason().healsWithoutEdit());
                }
            }
            case DEADLINE -> {
                if (outdated) {
                    phase.waitedBeforeRetry = phase.report.waitedMillis();
                    atOnce();
                } else {
                    deadline(reason, result.message());
                }
            }
            case INTERRUPTED -> interrupted(result.message());
        }
    }

    private void done(PhaseResult result) {
        phase.state = PhaseState.DONE;
        phase.completed = Times.now(o).toString();
        phase.message = null;
        phase.reason = null;
        round.stall = null;
        s.nextAttempt = null;
        s.violations = List.of();
        if (phase.type == PhaseType.PREFLIGHT) {
            planned(result);
        } else {
            s.failures = 0;
            if (Boolean.TRUE.equals(result.idle()) && s.undoing == null && s.onlyBegun(phase)) {
                s.foundThere(phase.change);
            }
            if (s.complete() && Boolean.FALSE.equals(result.validated())) {
                planChanged(ConditionReason.PLAN_CHANGED, "Something that was done is not there any more.");
            }
        }
    }

    private void planned(PhaseResult result) {
        if (s.undoing == null && !s.begun && result.plan() != null) {
            s.absent(result.plan().absent());
        }
        PlanSummary plan = result.plan();
        if (plan == null) {
            refused(
                    ConditionReason.INTERNAL_ERROR,
                    "Preflight gave no plan: operator and image may be of different versions.",
                    true);
            return;
        }
        List<PhaseDraft> before = new ArrayList<>(s.phases.subList(1, s.phases.size()));
        s.phases.subList(1, s.phases.size()).clear();
        plan.phases()
                .forEach(summary -> s.phases.add(PhaseDraft.of(
                        summary,
                        before.stream()
                                .filter(old -> old.name.equals(summary.name()))
                                .findFirst()
                                .orElse(null))));
        s.planHash = plan.hash();
        s.target = plan.target();
        s.change = plan.label();
        s.relations = plan.relations();
        // A plan that changes again and again is made with growing pauses.
        if (s.phases.stream().noneMatch(any -> any.reason == ConditionReason.PLAN_CHANGED)) {
            s.failures = 0;
        }
        round.verdict = new Verdict(
                true, ConditionReason.ACCEPTED, "The change can be carried out; its phases are in the status.");
    }

    private void violated(PhaseResult result) {
        s.violations(result.violations());
        stop(PhaseState.VIOLATED, ConditionReason.CONSTRAINT_VIOLATED, result.message());
        pause(Backoff.VIOLATED, s.failures);
        round.stall = Phrases.stall(ConditionReason.CONSTRAINT_VIOLATED, result.message());
    }

    private void refused(ConditionReason reason, String message, boolean heals) {
        if (s.undoing != null && NOT_AS_MADE.contains(reason)) {
            new Reverting(round).leave(reason, message);
            return;
        }
        stop(PhaseState.REFUSED, reason, message);
        if (heals) {
            pause(Backoff.REFUSED, s.failures);
        } else {
            s.nextAttempt = null;
        }
        boolean onItsWay = ON_ITS_WAY.contains(reason) && s.failures < ABSENCES;
        round.stall = onItsWay ? null : Phrases.stall(reason, message);
        if (phase.type == PhaseType.PREFLIGHT) {
            round.verdict = new Verdict(false, reason, message);
        }
    }

    private void deadline(ConditionReason reason, String message) {
        stop(PhaseState.FAILED, reason, message);
        s.nextAttempt = null;
        round.stall = Phrases.stall(reason, message);
    }

    /** A passing fault. A stall from before stays: nothing was learned about it. */
    private void again(ConditionReason reason, String message) {
        stop(PhaseState.PENDING, reason, message);
        pause(Backoff.TRANSIENT, s.failures);
        String deadline = o.spec().locksOrDefault().deadline();
        Duration failing = Duration.between(s.failingSince, o.now());
        if (round.stall == null && failing.toMillis() >= Durations.parse(deadline)) {
            round.stall = Phrases.stall(
                    ConditionReason.DEADLINE_EXCEEDED,
                    "No attempt has succeeded for " + Durations.rounded(failing.toMillis())
                            + ", though the fault should pass; it is tried again every minute. The last: " + message);
        }
    }

    private void planChanged(ConditionReason reason, String message) {
        again(reason, message);
        s.forgetPlan();
        if (s.failures == 1) {
            s.nextAttempt = null;
        }
    }

    private void interrupted(String message) {
        if (Duration.between(job.created(), o.now()).toSeconds() >= job.deadlineSeconds()) {
            crashed("Job " + job.name() + " ran longer than its " + job.deadlineSeconds() + " seconds.");
        } else if (o.suspended()) {
            phase.state = PhaseState.PENDING;
            phase.message = null;
        } else {
            again(ConditionReason.INTERRUPTED, message);
            if (s.failures == 1) {
                s.nextAttempt = null;
            }
        }
    }

    /** The Job ended, and no pod of it left a result. */
    void endedWithoutResult(Finish finish) {
        countLastProgress();
        Integer code = finish.exitCode();
        if (finish.complete()) {
            again(
                    ConditionReason.RETRYING,
                    "The result of Job " + job.name() + " was lost with its pod; its phase is looked at again.");
        } else if (code != null && code == Outcome.INTERRUPTED.exitCode()) {
            interrupted("The pod of Job " + job.name() + " was asked to stop.");
        } else if (code != null && code == Outcome.TRANSIENT.exitCode()) {
            again(ConditionReason.RETRYING, "The last attempt met a fault that passes.");
        } else {
            crashed(Phrases.crash(job.name(), finish));
        }
    }

    /** The pod's node does not answer any more; the pod may or may not work on. The catalog keeps two apart. */
    void lost() {
        countLastProgress();
        crashed("The pod of Job " + job.name() + " does not end; its node may be gone.");
    }

    private void crashed(String message) {
        stop(PhaseState.PENDING, ConditionReason.JOB_FAILED, message);
        if (s.failures < CRASHES) {
            pause(Backoff.TRANSIENT, s.failures);
        } else {
            pause(Backoff.REFUSED, s.failures - CRASHES + 1);
            round.stall = Phrases.stall(ConditionReason.JOB_FAILED, message);
        }
    }

    /** The API server refused the Job. */
    void rejected(String message) {
        stop(PhaseState.REFUSED, ConditionReason.JOB_REJECTED, message);
        pause(Backoff.REFUSED, s.failures);
        round.stall = Phrases.stall(ConditionReason.JOB_REJECTED, message);
    }

    private void countLastProgress() {
        s.progress = null;
        s.blockers = List.of();
        if (job.progress() != null) {
            round.cost(phase, job.earlier().plus(job.progress().report()));
        }
    }

    private void atOnce() {
        phase.state = PhaseState.PENDING;
        phase.message = null;
        s.nextAttempt = null;
    }

    private void stop(PhaseState state, ConditionReason reason, String message) {
        boolean workedLong = reason.kind() == Kind.PASSING
                && job != null
                && Duration.between(job.created(), o.now()).compareTo(LONG_RUN) > 0;
        s.failures = reason.sameKind(phase.reason) && !workedLong ? s.failures + 1 : 1;
        if (s.failures == 1 || s.failingSince == null) {
            s.failingSince = Times.now(o);
        }
        phase.state = state;
        phase.reason = reason;
        phase.message = message;
    }

    private void pause(Backoff backoff, int failures) {
        s.nextAttempt = o.now().plus(backoff.pause(failures, o.random())).truncatedTo(ChronoUnit.MILLIS);
    }
}
