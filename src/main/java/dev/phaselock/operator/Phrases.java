package dev.phaselock.operator;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.operator.ObservedJob.Finish;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Contention;
import dev.phaselock.plan.PhaseProgress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What people read: one sentence, and what to do next. */
final class Phrases {
    /** Before that, numbers would say little and change with each look. */
    private static final Duration WORTH_TELLING = Duration.ofSeconds(30);

    private Phrases() {}

    static Standing stall(ConditionReason reason, String message) {
        String step = switch (reason) {
            case CONSTRAINT_VIOLATED -> "Violated";
            case DEADLINE_EXCEEDED -> "DeadlineExceeded";
            default -> "Stalled";
        };
        return new Standing(step, reason, message);
    }

    static Standing suspended(String what) {
        return new Standing("Suspended", ConditionReason.SUSPENDED, "Suspended; what is done stays. " + what);
    }

    static Standing awaitingApproval(String planHash) {
        return new Standing(
                "AwaitingApproval",
                ConditionReason.AWAITING_APPROVAL,
                "Plan %s waits for an approval; its phases are in the status. Set spec.approvedPlan to %s to have it carried out."
                        .formatted(planHash, planHash));
    }

    static Standing complete(boolean begun) {
        return begun
                ? new Standing("Ready", ConditionReason.SUCCEEDED, "All phases are done.")
                : new Standing(
                        "Ready", ConditionReason.ALREADY_APPLIED, "All of it was there already; nothing was changed.");
    }

    /** All that was added is undone. */
    static Standing reverted(long left) {
        return new Standing(
                "Reverted",
                ConditionReason.REVERTED,
                left == 0
                        ? "What was added is undone."
                        : "What was added is undone, but for what is not as it was made: status.undo names it.");
    }

    /** Between two attempts. */
    static Standing pausing(PhaseDraft phase) {
        return new Standing(
                "Retrying",
                Objects.requireNonNullElse(phase.reason, ConditionReason.RETRYING),
                Objects.requireNonNullElse(phase.message, "The next attempt follows after a pause."));
    }

    static Standing starting(PhaseDraft phase) {
        return running(phase, null, LocksSpec.DEFAULT);
    }

    static Standing running(PhaseDraft phase, @Nullable PhaseProgress progress, LocksSpec locks) {
        if (progress != null && progress.activity() == PhaseProgress.Activity.WAITING_FOR_LOCK) {
            return new Standing("WaitingForLock", ConditionReason.WAITING_FOR_LOCK, waiting(progress, locks));
        }
        return switch (phase.type) {
            case PREFLIGHT ->
                new Standing(
                        "Preflight",
                        ConditionReason.PREFLIGHT,
                        "Looking at the database: privileges, what is there, what is to be done.");
            case VERIFY ->
                new Standing(
                        "Verifying", ConditionReason.VERIFYING, "Looking for existing rows that violate a constraint.");
            case APPLY -> new Standing("Applying", ConditionReason.APPLYING, "Applying the change for new rows.");
            case VALIDATE ->
                new Standing(
                        "Validating",
                        ConditionReason.VALIDATING,
                        "Validating the existing rows; reads and writes go on meanwhile." + snapshot(progress));
            case INDEX -> new Standing("Indexing", ConditionReason.INDEXING, indexing(progress));
            case BACKFILL ->
                new Standing(
                        "Backfilling",
                        ConditionReason.BACKFILLING,
                        "Giving the existing rows their value, in batches; reads and writes go on meanwhile.");
        };
    }

    /** What a validation costs the database as a whole, once it is more than a moment's matter. */
    private static String snapshot(@Nullable PhaseProgress progress) {
        return progress == null || progress.elapsedMillis() < WORTH_TELLING.toMillis()
                ? ""
                : " Its snapshot is " + Durations.rounded(progress.elapsedMillis())
                        + " old: vacuum removes no row that died since.";
    }

    private static String indexing(@Nullable PhaseProgress progress) {
        String what = "Working on an index or a partition; reads and writes go on meanwhile.";
        return progress == null || progress.blockers().isEmpty()
                ? what
                : what + " It waits for the end of the transaction of "
                        + who(progress.blockers().getFirst()) + ", "
                        + progress.blockers().getFirst().state() + more(progress) + ".";
    }

    private static String who(Blocker blocker) {
        String application = blocker.application().isEmpty() ? "" : " (" + blocker.application() + ")";
        return (blocker.pid() == null ? "a prepared transaction" : "pid " + blocker.pid()) + application;
    }

    private static String more(PhaseProgress progress) {
        int more = progress.blockers().size() - 1;
        return more == 0 ? "" : ", and " + more + " more are in the way";
    }

    private static String waiting(PhaseProgress progress, LocksSpec locks) {
        if (progress.blockers().isEmpty()) {
            return "Waiting for a lock, without making anybody wait.";
        }
        Blocker blocker = progress.blockers().getFirst();
        return "Waiting for a lock, without making anybody wait: " + who(blocker) + ", " + blocker.state() + ", holds "
                + blocker.mode() + " on " + blocker.relation() + more(progress) + "; it goes on when that ends."
                + (blocker.spared() == null ? "" : " locks.blockers does not end it: " + blocker.spared() + ".")
                + seen(progress, locks);
    }

    /** What a person needs to decide what to allow, once it is more than one transaction's matter. */
    private static String seen(PhaseProgress progress, LocksSpec locks) {
        Contention contention = progress.contention();
        if (contention == null || contention.seenMillis() < WORTH_TELLING.toMillis()) {
            return "";
        }
        String advice = contention.advice(duration(locks.timeout()), duration(locks.budget()));
        return " Seen: " + contention.sentence() + (advice == null ? "" : "; " + advice) + ".";
    }

    private static Duration duration(String text) {
        return Duration.ofMillis(Durations.parse(text));
    }

    static @Nullable String progress(PhaseProgress progress) {
        return switch (progress.activity()) {
            case PLANNING, APPLYING -> null;
            case WAITING_FOR_LOCK -> progress.report().tries() + " tries";
            case INDEXING ->
                Objects.requireNonNullElse(progress.detail(), "for " + Durations.rounded(progress.elapsedMillis()))
                        + (progress.percent() == null ? "" : " " + progress.percent() + "%");
            case BACKFILLING ->
                (progress.percent() == null ? "" : progress.percent() + "% ")
                        + Objects.requireNonNullElse(progress.detail(), "");
            case VERIFYING, VALIDATING ->
                progress.percent() != null
                        ? progress.percent() + "%"
                        : "for " + Durations.rounded(progress.elapsedMillis());
        };
    }

    static String crash(String job, Finish finish) {
        String cause = finish.cause() == null ? "" : " (" + finish.cause() + ")";
        if ("OOMKilled".equals(finish.cause())) {
            return "The pod of Job " + job
                    + " ran out of memory (OOMKilled): give it more in spec.job.resources.limits.memory.";
        }
        if (finish.exitCode() != null) {
            return "The pod of Job " + job + " ended with exit code " + finish.exitCode() + cause
                    + " and left no result: read kubectl logs job/" + job + ".";
        }
        return "Job " + job + " failed" + cause + " and left no result: see kubectl describe job/" + job + ".";
    }
}
