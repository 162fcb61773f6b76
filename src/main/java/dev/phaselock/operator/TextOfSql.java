package dev.phaselock.operator;

import java.time.Duration;

/**
 * Whether a round may go on by the text of spec.sqlFrom. Nothing freezes a ConfigMap: the hash in the status says which
 * text was planned, and no Job is made of another (docs/sql.md).
 */
final class TextOfSql {
    /** How often it is looked at until the change is ready: nobody tells of its edits. */
    static final Duration PAUSE = Duration.ofSeconds(15);

    private final Round round;
    private final StatusDraft s;

    TextOfSql(Round round) {
        this.round = round;
        this.s = round.s;
    }

    void lookAgain() {
        if (round.o.sql() != null && !s.complete()) {
            round.lookAgainAfter(PAUSE);
        }
    }

    /** A person says that it may be another one now: what is done stays, and the rest is planned by it. */
    void mayBeAnother() {
        SqlText sql = round.o.sql();
        if (sql != null && sql.hash() != null && !planned(sql)) {
            s.sqlHash = null;
            s.forgetPlan();
        }
    }

    /** Whether the text that the next Job would get is there, and the one that was planned; without sqlFrom, too. */
    boolean stands() {
        SqlText sql = round.o.sql();
        if (sql == null) {
            return true;
        }
        if (sql.problem() != null) {
            missing(sql, "spec.sqlFrom: " + sql.problem() + ".");
            return false;
        }
        if (planned(sql)) {
            if (round.stall != null && (round.stall.reason() == ConditionReason.SQL_CHANGED || s.sqlHash == null)) {
                round.stall = null;
            }
            return true;
        }
        if (s.begun) {
            round.stall = Phrases.stall(
                    ConditionReason.SQL_CHANGED,
                    "The text of spec.sqlFrom is another one than the one that was begun (hash %s, now %s): put that back, or give the annotation phaselock.dev/retry a new value to have the new one planned; what is done stays."
                            .formatted(s.sqlHash, sql.hash()));
            round.activity = round.stall;
            return false;
        }
        s.failures = 0;
        s.nextAttempt = null;
        round.stall = null;
        round.forget();
        s.preflight().reason = null;
        s.preflight().message = null;
        return true;
    }

    private void missing(SqlText sql, String message) {
        if (sql.stalls()) {
            round.stall = Phrases.stall(ConditionReason.INVALID_SPEC, message);
            round.activity = round.stall;
        } else {
            round.stall = null;
            round.activity = new Standing(
                    "WaitingForSql", ConditionReason.SQL_MISSING, message + " It goes on when the text is there.");
        }
    }

    private boolean planned(SqlText sql) {
        return s.sqlHash == null || s.sqlHash.equals(sql.hash());
    }
}
