package dev.phaselock.operator;

import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import java.time.Duration;

/** What the Job of a phase means for the change while it has not ended. */
final class LiveJob {
    private final Round round;
    private final Observation o;
    private final StatusDraft s;
    private final PhaseDraft phase;
    private final ObservedJob job;

    LiveJob(Round round, PhaseDraft phase, ObservedJob job) {
        this.round = round;
        this.o = round.o;
        this.s = round.s;
        this.phase = phase;
        this.job = job;
    }

    void record() {
        PhaseProgress progress = job.progress();
        boolean waiting = progress != null && progress.activity() == Activity.WAITING_FOR_LOCK;
        if (progress != null) {
            round.cost(phase, job.earlier().plus(progress.report()));
            phase.state = waiting ? PhaseState.WAITING : PhaseState.RUNNING;
            s.blockers(progress.blockers());
            s.progress = Phrases.progress(progress);
            if (progress.verified() != null) {
                phase.verified = progress.verified();
            }
        }
        round.activity = Phrases.running(phase, progress, o.spec().locksOrDefault());
        if (round.stall != null && overcome(round.stall.reason())) {
            round.stall = null;
        }
        boolean goesOnLater = waiting || (progress != null && progress.activity() == Activity.BACKFILLING);
        if (o.suspended() && (goesOnLater || job.deleting() || !job.started())) {
            if (!job.deleting()) {
                round.delete(job);
            }
            round.activity = Phrases.suspended("Its pod is ending.");
        } else if (job.trouble() != null) {
            troubled(job.trouble());
        } else if (job.started()) {
            round.lookAgainAfter(pollingPause());
        } else {
            round.lookAgainAfter(positive(Round.POD_PATIENCE.minus(age())));
        }
    }

    /** Whether a running Job shows that what needed a person does so no more. */
    private boolean overcome(ConditionReason reason) {
        boolean works = job.progress() != null && job.progress().activity() != Activity.PLANNING;
        return (reason.podTrouble() && job.started()) || (reason == ConditionReason.DEADLINE_EXCEEDED && works);
    }

    private void troubled(PodTrouble trouble) {
        Duration left = trouble.patience().minus(age());
        round.activity = new Standing("Starting", trouble.reason(), trouble.message());
        if (left.isPositive()) {
            round.lookAgainAfter(left);
        } else {
            round.stall = Phrases.stall(trouble.reason(), trouble.message());
        }
    }

    /** How often a running phase's progress is read: often while somebody may be watching. */
    private Duration pollingPause() {
        Duration age = age();
        if (age.compareTo(Duration.ofMinutes(1)) < 0) {
            return Duration.ofSeconds(1);
        }
        return age.compareTo(Duration.ofMinutes(10)) < 0 ? Duration.ofSeconds(5) : Duration.ofSeconds(15);
    }

    private Duration age() {
        return Duration.between(job.created(), o.now());
    }

    private static Duration positive(Duration duration) {
        return duration.isPositive() ? duration : Duration.ofSeconds(5);
    }
}
