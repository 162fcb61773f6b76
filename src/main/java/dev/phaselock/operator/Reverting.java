package dev.phaselock.operator;

import java.util.List;

/**
 * What to do about a deleted change whose pods have ended, with deletionPolicy Revert: what it added is undone, one part
 * after the other, each as a change of its own (docs/deleting.md). At the end, or when there is nothing to undo, the
 * resource is let go.
 */
final class Reverting {
    private final Round round;
    private final StatusDraft s;

    Reverting(Round round) {
        this.round = round;
        this.s = round.s;
    }

    Decision decide() {
        if (s.undoing == null) {
            round.tell(false, ConditionReason.REVERTING, "Undoing what was added, for deletionPolicy is Revert.");
            next();
        } else {
            round.stall = round.previousStall();
        }
        round.beginAgainWhenAsked();
        s.active().ifPresent(round::recordActive);
        while (s.undoing != null && round.activity == null) {
            if (s.complete()) {
                undone(s.change == null ? "" : s.change);
            } else {
                round.goOn();
            }
        }
        boolean released = s.undoing == null;
        if (released) {
            round.activity = Phrases.reverted(s.left());
        }
        return round.ended(ConditionWriter::reverting, released);
    }

    private void undone(String what) {
        if (s.begunUndoing()) {
            round.tell(false, ConditionReason.REVERTED, "Undone: " + what + ".");
        }
        s.mark(s.undoing, UndoState.UNDONE, what);
        next();
    }

    /** What is there is not what was added: it stays, and the rest is undone. */
    void leave(ConditionReason reason, String message) {
        String told = reason.label() + ": " + message;
        round.tell(true, ConditionReason.LEFT_ALONE, told);
        s.mark(s.undoing, UndoState.LEFT, told);
        next();
    }

    private void next() {
        s.undoing = s.toUndo().stream().findFirst().orElse(null);
        s.forgetPlan();
        s.phases.clear();
        s.preflight();
        s.relations = List.of();
        s.violations = List.of();
        s.blockers = List.of();
        s.progress = null;
        s.failures = 0;
        s.nextAttempt = null;
        round.stall = null;
    }
}
