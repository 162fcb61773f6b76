package dev.phaselock.run;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.Verified;
import dev.phaselock.change.Durations;
import dev.phaselock.change.Window;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Contention;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import dev.phaselock.plan.Violations;
import dev.phaselock.postgres.BlockerSignal;
import dev.phaselock.postgres.BuildView;
import dev.phaselock.postgres.Failures;
import dev.phaselock.postgres.LockTable;
import dev.phaselock.postgres.ServerProcess;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does the steps of one phase, each by what carries out its kind, and says what came of it and what it cost. */
final class StepWork {
    private final SessionFactory sessions;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;
    private final PhaseRequest request;
    private final Planning planning;

    private LockReport report = LockReport.NONE;
    private List<Blocker> blockers = List.of();

    /** Plans by what the catalog says now. */
    @FunctionalInterface
    interface Planning {
        Plan plan(Connection session) throws SQLException;
    }

    StepWork(
            SessionFactory sessions,
            Timing timing,
            Interruption interruption,
            ProgressListener listener,
            PhaseRequest request,
            Planning planning) {
        this.sessions = sessions;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
        this.request = request;
        this.planning = planning;
    }

    /** What lock acquisition cost in all steps so far. */
    LockReport report() {
        return report;
    }

    /** Who was in the way at last. */
    List<Blocker> blockers() {
        return blockers;
    }

    /** Does one step; empty when it is done and the next one is due. */
    Optional<StepEnding> carryOut(Step step, Connection session) throws SQLException {
        return switch (step) {
            case Step.Brief brief -> brief(brief, session);
            case Step.Validate validate -> validate(validate, session);
            case Step.Verify verify -> verify(verify, session);
            case Step.Concurrent concurrent -> concurrent(concurrent, session);
            case Step.Backfill backfill -> backfill(backfill);
        };
    }

    private Optional<StepEnding> brief(Step.Brief step, Connection session) throws SQLException {
        try (Connection watcher = sessions.open()) {
            LockAcquisition acquisition = new LockAcquisition(
                    session,
                    view(watcher, session),
                    new BlockerSignal(watcher),
                    limits(),
                    timing,
                    interruption,
                    listener);
            LockReport before = report;
            try {
                LockAcquisition.Ending ending = acquisition.run(step);
                report = before.plus(acquisition.report());
                blockers = acquisition.blockers();
                return switch (ending) {
                    case COMMITTED -> {
                        blockers = List.of();
                        yield Optional.empty();
                    }
                    case DEADLINE -> Optional.of(deadline(acquisition.contention()));
                    case INTERRUPTED -> Optional.of(StepEnding.interrupted());
                    case GUARD_FAILED ->
                        Optional.of(StepEnding.planChanged(
                                "Under the locks the tables were not as planned: it is planned again."));
                };
            } catch (SQLException e) {
                report = before.plus(acquisition.report());
                boolean ofRelation = SqlStates.DUPLICATE_RELATION.equals(e.getSQLState())
                        || SqlStates.UNDEFINED_RELATION.equals(e.getSQLState());
                if (ofRelation && !done(step, session)) {
                    // A name that something else has, or that nothing has.
                    throw e;
                }
                if (ofRelation
                        || SqlStates.DUPLICATE_OBJECT.equals(e.getSQLState())
                        || SqlStates.UNDEFINED_OBJECT.equals(e.getSQLState())) {
                    // Somebody, perhaps a second runner of this very phase, was faster: the catalog says what it is.
                    return Optional.empty();
                }
                throw e;
            }
        }
    }

    /** Whether the catalog says by now that a step is done. */
    private boolean done(Step.Brief step, Connection session) throws SQLException {
        return planning.plan(session).phases().stream()
                .filter(phase -> phase.name().equals(request.phase()))
                .flatMap(phase -> phase.steps().stream())
                .anyMatch(planned -> planned.label().equals(step.label()) && planned.done());
    }

    private Optional<StepEnding> validate(Step.Validate step, Connection session) throws SQLException {
        String longest = request.validation().maxDuration();
        try (Connection watcher = sessions.open()) {
            Validation validation = new Validation(
                    session,
                    view(watcher, session),
                    limits(),
                    longest == null ? null : Durations.parse(longest),
                    timing,
                    interruption,
                    listener);
            LockReport before = report;
            Validation.Ending ending;
            try {
                ending = validation.run(step);
            } finally {
                report = before.plus(validation.report());
                blockers = validation.blockers();
            }
            return switch (ending) {
                case COMMITTED -> Optional.empty();
                case DEADLINE -> Optional.of(deadline(null));
                case INTERRUPTED -> Optional.of(StepEnding.interrupted());
                case TOO_LONG ->
                    Optional.of(StepEnding.of(
                            Outcome.DEADLINE,
                            Reason.DEADLINE_EXCEEDED,
                            "The validation of " + step.constraint() + " took longer than validation.maxDuration ("
                                    + longest + ") and was cancelled, so that vacuum is not held up. New rows are"
                                    + " checked. Allow more, or leave it out, and retry at a quiet time."));
                case VIOLATED -> {
                    List<Violations> violations = search(session, step.violations(), null);
                    // Gone already: validated at the next attempt.
                    yield Optional.of(
                            violations.isEmpty()
                                    ? StepEnding.of(
                                            Outcome.TRANSIENT,
                                            Reason.RETRYING,
                                            "Rows violated " + step.constraint()
                                                    + " and are gone already: it is validated again.")
                                    : violated(violations));
                }
            };
        }
    }

    private Optional<StepEnding> concurrent(Step.Concurrent step, Connection session) throws SQLException {
        try (Connection watcher = sessions.open()) {
            IndexWork work = new IndexWork(session, view(watcher, session), limits(), timing, interruption, listener);
            LockReport before = report;
            IndexWork.Ending ending;
            try {
                ending = work.run(step, () -> again(step, session));
            } finally {
                report = before.plus(work.report());
                blockers = work.blockers();
            }
            return switch (ending) {
                case DONE -> {
                    blockers = List.of();
                    yield Optional.empty();
                }
                case DEADLINE -> Optional.of(deadline(null));
                case INTERRUPTED -> Optional.of(StepEnding.interrupted());
                case VIOLATED -> Optional.of(duplicates(step.duplicates(), work.duplicate()));
            };
        }
    }

    private Optional<StepEnding> backfill(Step.Backfill step) throws SQLException {
        try (Connection own = sessions.open();
                Connection watcher = sessions.open()) {
            interruption.watch(own);
            Backfill backfill =
                    new Backfill(own, watcher, step, request.backfill(), limits(), timing, interruption, listener);
            LockReport before = report;
            Backfill.Ending ending;
            try {
                ending = backfill.run();
            } finally {
                report = before.plus(backfill.report());
                interruption.forget(own);
            }
            String table = step.table().name().toString();
            return switch (ending) {
                case FILLED -> Optional.empty();
                case INTERRUPTED -> Optional.of(StepEnding.interrupted());
                case GONE -> Optional.of(StepEnding.planChanged(table + " is no longer there: it is planned again."));
                case OUTRUN ->
                    Optional.of(StepEnding.of(
                            Outcome.TRANSIENT,
                            Reason.RETRYING,
                            "Rows of " + table + " are written to faster than they are found: it goes on."));
                case DEADLINE ->
                    Optional.of(late(
                            "Rows of " + table + ", or the table, were held by others",
                            "End the transactions that hold them"));
                case REPLICAS ->
                    Optional.of(late(
                            "A standby was further behind than backfill.maxReplicaLag ("
                                    + request.backfill().maxReplicaLag() + ")",
                            "See to it"));
            };
        }
    }

    private StepEnding late(String what, String todo) {
        return StepEnding.of(
                Outcome.DEADLINE,
                Reason.DEADLINE_EXCEEDED,
                what + " for longer than locks.deadline (" + request.locks().deadline() + "). " + todo
                        + ", or allow more, and retry: what is filled stays.");
    }

    /** The step as it is planned now; empty when the plan is another one. */
    private Optional<Step.Concurrent> again(Step.Concurrent step, Connection session) throws SQLException {
        Plan now = planning.plan(session);
        return now.hash().equals(request.planHash())
                ? now.phases().stream()
                        .filter(phase -> phase.name().equals(request.phase()))
                        .flatMap(phase -> phase.steps().stream())
                        .flatMap(planned ->
                                planned instanceof Step.Concurrent concurrent ? Stream.of(concurrent) : Stream.empty())
                        .filter(concurrent -> concurrent.label().equals(step.label()))
                        .findFirst()
                : Optional.empty();
    }

    private StepEnding duplicates(Step.@Nullable DuplicateQuery query, SQLException fault) throws SQLException {
        if (query == null) {
            throw fault;
        }
        Violations violations;
        try {
            violations =
                    new DuplicateSearch(sessions, request.validation().sample(), interruption, listener).search(query);
        } catch (SQLException e) {
            if (interruption.requested()) {
                return StepEnding.interrupted();
            }
            // The rows are there, whether they can be read or not.
            return StepEnding.of(Failures.classify(fault));
        }
        return violations == null
                ? StepEnding.of(
                        Outcome.TRANSIENT,
                        Reason.RETRYING,
                        "There were duplicate keys of " + query.index() + ", and are gone already: it is built again.")
                : violated(List.of(violations));
    }

    private Optional<StepEnding> verify(Step.Verify step, Connection session) throws SQLException {
        List<Violations> violations;
        try {
            violations = search(session, step.queries(), request.verified());
        } catch (SQLException e) {
            if (SqlStates.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw new RefusedException(
                        Reason.ROW_SECURITY,
                        "The existing rows cannot all be seen by this role (row security, or no SELECT): give it a role"
                                + " that sees them, or set validation.existingViolations to Proceed.");
            }
            throw e;
        }
        return violations.isEmpty() ? Optional.empty() : Optional.of(violated(violations));
    }

    private List<Violations> search(Connection session, List<Step.ViolationQuery> queries, @Nullable Verified verified)
            throws SQLException {
        return new ViolationSearch(
                        sessions,
                        request.validation().connections(),
                        request.validation().sample(),
                        request.validation().pace(),
                        timing,
                        interruption,
                        listener)
                .search(session, queries, verified);
    }

    private LockView view(Connection watcher, Connection session) throws SQLException {
        return new LockView(new LockTable(watcher), new BuildView(watcher), ServerProcess.pid(session), timing);
    }

    /** What is left of what the request allows. */
    LockLimits limits() {
        LocksSpec locks = request.locks();
        Duration waited = Duration.ofMillis(request.waitedMillis() + report.waitedMillis());
        Duration delayed = Duration.ofMillis(request.delayedMillis() + report.delayedMillis());
        Window window = locks.window() == null ? null : Window.of(locks.window());
        return new LockLimits(
                Durations.parse(locks.timeout()),
                Durations.parse(locks.budget()).minus(delayed),
                Durations.parse(locks.deadline()).minus(waited),
                () -> window == null || window.isOpen(Instant.now()),
                locks.blockers().action(),
                Durations.parse(locks.blockers().after()));
    }

    private StepEnding violated(List<Violations> violations) {
        long count = violations.stream().mapToLong(Violations::count).sum();
        Violations first = violations.getFirst();
        return StepEnding.of(
                Outcome.VIOLATED,
                Reason.CONSTRAINT_VIOLATED,
                "At least " + count + (count == 1 ? " row violates " : " rows violate ") + first.constraint() + " on "
                        + first.table() + ": clean them up; it goes on by itself then.",
                violations);
    }

    private StepEnding deadline(@Nullable Contention contention) {
        return StepEnding.of(
                Outcome.DEADLINE,
                Reason.DEADLINE_EXCEEDED,
                "The lock was not to be had within locks.deadline ("
                        + request.locks().deadline() + "). "
                        + Wording.lastInTheWay(blockers, request.locks())
                        + Wording.seen(contention)
                        + Wording.nextStep(contention, request.locks()));
    }
}
