package dev.phaselock.operator;

import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.operator.ConditionReason.Kind;
import dev.phaselock.operator.Conditions.Status;
import dev.phaselock.operator.Decision.EventOrder;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;

/** What a round came to, as conditions, and the events that tell of their transitions. */
final class ConditionWriter {
    private final Round round;
    private final Observation o;
    private final StatusDraft s;
    private final Conditions conditions;
    private boolean applied;
    private boolean validated;

    ConditionWriter(Round round) {
        this.round = round;
        this.o = round.o;
        this.s = round.s;
        this.conditions = new Conditions(s.previousConditions, o.generation(), Times.now(o));
    }

    /** Writes the step and the time of completion into the draft, too. */
    List<Condition> write() {
        boolean planned = s.planHash != null;
        applied = planned ? s.applied() : !round.forgotten && conditions.wasTrue(ConditionType.APPLIED);
        validated = planned ? s.complete() : !round.forgotten && conditions.wasTrue(ConditionType.VALIDATED);
        boolean ready = o.spec().validationOrDefault().gate() == Gate.APPLIED ? applied : validated;
        Standing standing = round.stall == null ? round.activity : round.stall;
        s.step = standing.step();
        if (!ready) {
            s.completed = null;
            conditions.set(ConditionType.READY, Status.FALSE, standing.reason(), standing.message());
            if (round.stall != null) {
                conditions.set(ConditionType.STALLED, Status.TRUE, standing.reason(), standing.message());
            } else if (standing.reason() != ConditionReason.SUSPENDED
                    && standing.reason() != ConditionReason.AWAITING_APPROVAL) {
                conditions.set(ConditionType.RECONCILING, Status.TRUE, standing.reason(), standing.message());
            }
        } else {
            if (s.completed == null) {
                s.completed = Times.now(o).toString();
            }
            if (s.complete()) {
                conditions.set(ConditionType.READY, Status.TRUE, standing.reason(), standing.message());
            } else {
                conditions.set(
                        ConditionType.READY,
                        Status.TRUE,
                        ConditionReason.APPLIED,
                        "New rows are checked, as validation.gate asks; the existing ones follow.");
            }
        }
        accepted();
        approved();
        applied(standing, planned);
        validated(standing, planned);
        return conditions.list();
    }

    /** Of a deleted change while what it added is undone. */
    List<Condition> reverting() {
        Standing standing = round.stall == null ? round.activity : round.stall;
        boolean suspended = standing.reason() == ConditionReason.SUSPENDED;
        boolean plain = standing.reason().kind() == Kind.STANDING
                && !suspended
                && standing.reason() != ConditionReason.QUEUED
                && standing.reason() != ConditionReason.REVERTED;
        s.step = round.stall != null || suspended ? standing.step() : "Reverting";
        ConditionReason reason = plain ? ConditionReason.REVERTING : standing.reason();
        String left = s.toUndo().isEmpty()
                ? ""
                : "Undoing what was added (" + s.toUndo().size() + " left): ";
        String help = round.stall == null && !suspended
                ? ""
                : " Set spec.deletionPolicy to Retain to let the resource go with the database as it is.";
        String message = left + standing.message() + help;
        conditions.keep(ConditionType.ACCEPTED);
        conditions.keep(ConditionType.APPROVED);
        conditions.set(ConditionType.APPLIED, Status.FALSE, ConditionReason.REVERTING, "It is being undone.");
        conditions.set(ConditionType.VALIDATED, Status.FALSE, ConditionReason.REVERTING, "It is being undone.");
        conditions.set(ConditionType.READY, Status.FALSE, reason, message);
        if (round.stall != null) {
            conditions.set(ConditionType.STALLED, Status.TRUE, reason, message);
        } else if (!suspended) {
            conditions.set(ConditionType.RECONCILING, Status.TRUE, reason, message);
        }
        return conditions.list();
    }

    private void accepted() {
        if (round.verdict != null) {
            conditions.set(
                    ConditionType.ACCEPTED,
                    Status.of(round.verdict.accepted()),
                    round.verdict.reason(),
                    round.verdict.message());
        } else if (round.forgotten) {
            conditions.set(ConditionType.ACCEPTED, Status.UNKNOWN, ConditionReason.PENDING, "Edited; looked at again.");
        } else {
            conditions.keep(ConditionType.ACCEPTED);
        }
    }

    private void approved() {
        if (o.spec().approval() != SchemaChangeSpec.Approval.MANUAL || s.complete()) {
            conditions.set(
                    ConditionType.APPROVED,
                    Status.TRUE,
                    ConditionReason.NOT_REQUIRED,
                    s.complete() ? "Nothing is left to approve." : "Plans are carried out without an approval.");
        } else if (s.planHash == null) {
            conditions.set(ConditionType.APPROVED, Status.UNKNOWN, ConditionReason.PENDING, "There is no plan yet.");
        } else if (o.spec().approves(s.planHash)) {
            conditions.set(
                    ConditionType.APPROVED,
                    Status.TRUE,
                    ConditionReason.APPROVED,
                    "Plan " + s.planHash + " is approved by spec.approvedPlan.");
        } else {
            Standing waiting = Phrases.awaitingApproval(s.planHash);
            conditions.set(ConditionType.APPROVED, Status.FALSE, waiting.reason(), waiting.message());
        }
    }

    private void applied(Standing standing, boolean planned) {
        if (applied) {
            conditions.set(ConditionType.APPLIED, Status.TRUE, ConditionReason.APPLIED, "New rows are checked.");
        } else {
            missing(ConditionType.APPLIED, standing, planned, "New rows are not checked yet.");
        }
    }

    private void validated(Standing standing, boolean planned) {
        if (validated) {
            conditions.set(
                    ConditionType.VALIDATED,
                    Status.TRUE,
                    ConditionReason.VALIDATED,
                    "The catalog says that all of it is valid.");
        } else {
            missing(ConditionType.VALIDATED, standing, planned, "Existing rows are not validated yet.");
        }
    }

    private void missing(ConditionType type, Standing standing, boolean planned, String message) {
        if (!planned && !conditions.wasTrue(type) && !s.begun) {
            conditions.set(type, Status.UNKNOWN, ConditionReason.PENDING, "The database was not looked at yet.");
        } else if (round.stall != null) {
            conditions.set(type, Status.FALSE, standing.reason(), standing.message());
        } else {
            conditions.set(type, Status.FALSE, ConditionReason.PENDING, message);
        }
    }

    /** One for each transition. What only says where work stands is in the status, not in events. */
    List<EventOrder> events() {
        List<EventOrder> events = new ArrayList<>();
        for (ConditionType type : ConditionType.values()) {
            Condition now = conditions.now(type);
            Condition before = conditions.before(type);
            if (now == null || (before != null && same(before, now))) {
                continue;
            }
            ConditionReason reason = ConditionReason.of(now.getReason()).orElseThrow();
            boolean became = before == null || !before.getStatus().equals(now.getStatus());
            boolean problem = reason.kind() == Kind.PROBLEM;
            boolean tell = switch (type) {
                case READY -> became && Status.TRUE.label().equals(now.getStatus());
                case ACCEPTED -> (became && reason == ConditionReason.ACCEPTED) || problem;
                case APPLIED -> became && Status.TRUE.label().equals(now.getStatus());
                case VALIDATED -> problem && conditions.now(ConditionType.STALLED) == null;
                case STALLED -> true;
                case RECONCILING -> reason.kind() != Kind.STANDING || reason == ConditionReason.QUEUED;
                case APPROVED -> reason == ConditionReason.AWAITING_APPROVAL || reason == ConditionReason.APPROVED;
            };
            boolean told = events.stream().anyMatch(event -> event.reason() == reason);
            if (tell && !told) {
                events.add(new EventOrder(warns(reason), reason, now.getMessage()));
            }
        }
        return events;
    }

    /** That a lock is waited for is no fault: it is how nobody else has to. */
    private static boolean warns(ConditionReason reason) {
        return reason.kind() != Kind.STANDING && reason != ConditionReason.WAITING_FOR_LOCK;
    }

    private static boolean same(Condition before, Condition now) {
        return before.getStatus().equals(now.getStatus()) && before.getReason().equals(now.getReason());
    }
}
