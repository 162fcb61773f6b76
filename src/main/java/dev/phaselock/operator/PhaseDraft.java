package dev.phaselock.operator;

import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.Verified;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One phase of a status that is being written. */
final class PhaseDraft {
    final String name;
    final PhaseType type;

    @Nullable
    String label;

    @Nullable
    List<String> sql;

    @Nullable
    List<String> locks;

    PhaseState state = PhaseState.PENDING;

    @Nullable
    String job;

    int attempts;
    LockReport report = LockReport.NONE;

    @Nullable
    String started;

    @Nullable
    String completed;

    @Nullable
    ConditionReason reason;

    long waitedBeforeRetry;

    /** Of this plan: a fresh one begins at the beginning. */
    @Nullable
    Verified verified;

    @Nullable
    String message;

    int change;

    PhaseDraft(String name, PhaseType type) {
        this.name = name;
        this.type = type;
    }

    /** A phase of a fresh plan. What is known of it from before stays: its attempts, and what they cost. */
    static PhaseDraft of(PhaseSummary summary, @Nullable PhaseDraft before) {
        var draft = new PhaseDraft(summary.name(), summary.type());
        if (before != null) {
            draft.job = before.job;
            draft.attempts = before.attempts;
            draft.report = before.report;
            draft.started = before.started;
            draft.completed = before.completed;
            draft.reason = before.reason;
            draft.waitedBeforeRetry = before.waitedBeforeRetry;
        }
        draft.label = summary.label();
        draft.change = summary.change();
        draft.sql = summary.sql();
        draft.locks = summary.locks();
        draft.state = summary.done() ? PhaseState.DONE : PhaseState.PENDING;
        if (!summary.done()) {
            draft.completed = null;
        }
        return draft;
    }

    static PhaseDraft of(PhaseStatus status) {
        var draft = new PhaseDraft(status.name(), typeOf(status.type()));
        draft.label = status.label();
        draft.sql = status.sql();
        draft.locks = status.locks();
        draft.state = PhaseState.of(status.state());
        draft.job = status.job();
        draft.attempts = status.attempts() == null ? 0 : status.attempts();
        draft.report = new LockReport(
                number(status.tries()),
                millis(status.waited()),
                millis(status.held()),
                number(status.writersDelayed()),
                millis(status.longestDelay()),
                millis(status.delayed()),
                number(status.blockersEnded()),
                List.of());
        draft.started = status.started();
        draft.completed = status.completed();
        draft.reason = ConditionReason.of(status.reason()).orElse(null);
        draft.waitedBeforeRetry = millis(status.waitedBeforeRetry());
        draft.verified = status.verified();
        draft.message = status.message();
        draft.change = number(status.change());
        return draft;
    }

    PhaseStatus toStatus() {
        boolean silent = report.equals(LockReport.NONE);
        return new PhaseStatus(
                name,
                type.label(),
                label,
                state.label(),
                empty(sql) ? null : sql,
                empty(locks) ? null : locks,
                job,
                attempts == 0 ? null : attempts,
                silent ? null : report.tries(),
                silent ? null : Durations.format(report.waitedMillis()),
                silent ? null : Durations.format(report.heldMillis()),
                silent ? null : report.writersDelayed(),
                silent ? null : Durations.format(report.longestDelayMillis()),
                silent ? null : Durations.format(report.delayedMillis()),
                report.blockersEnded() == 0 ? null : report.blockersEnded(),
                started,
                completed,
                reason == null ? null : reason.label(),
                waitedBeforeRetry == 0 ? null : Durations.format(waitedBeforeRetry),
                verified,
                message,
                change == 0 ? null : change);
    }

    /** What its next Job is told to have waited already. */
    long waitedMillis() {
        return Math.max(0, report.waitedMillis() - waitedBeforeRetry);
    }

    private static PhaseType typeOf(@Nullable String label) {
        return Arrays.stream(PhaseType.values())
                .filter(type -> type.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown phase type in the status: " + label));
    }

    private static boolean empty(@Nullable List<String> list) {
        return list == null || list.isEmpty();
    }

    private static int number(@Nullable Integer number) {
        return number == null ? 0 : number;
    }

    private static long millis(@Nullable String text) {
        return text == null ? 0 : Durations.parse(text);
    }
}
