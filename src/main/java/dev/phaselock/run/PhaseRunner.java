package dev.phaselock.run;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Durations;
import dev.phaselock.change.Expressions;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.change.Window;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.Contention;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseProgress.Activity;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.Planner;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Step;
import dev.phaselock.plan.Violations;
import dev.phaselock.postgres.BlockerSignal;
import dev.phaselock.postgres.BuildView;
import dev.phaselock.postgres.CatalogReader;
import dev.phaselock.postgres.Failure;
import dev.phaselock.postgres.Failures;
import dev.phaselock.postgres.LockTable;
import dev.phaselock.sql.Identifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one phase, once: plans from the catalog, checks that the plan is the one that was asked for, does the steps
 * that are not done, and plans again to see that they are. It trusts neither its caller nor an earlier run: a phase can
 * be repeated, killed at any statement, or run twice at once, and the catalog alone says what is done (invariant RUN-1).
 *
 * <p>It repeats tries for a lock, but not the phase: whoever asked for it decides that by the result.
 */
public final class PhaseRunner {
    private final SessionFactory sessions;
    private final Timing timing;
    private final Interruption interruption;
    private final ProgressListener listener;

    private LockReport report = LockReport.NONE;
    private List<Blocker> blockers = List.of();
    private @Nullable String serverVersion;
    private @Nullable Plan plan;
    private List<Change> changes = List.of();

    /**
     * @param sessions opens sessions of the database, named after the change and the phase
     * @param listener is told where the phase stands
     */
    public PhaseRunner(SessionFactory sessions, Timing timing, Interruption interruption, ProgressListener listener) {
        this.sessions = sessions;
        this.timing = timing;
        this.interruption = interruption;
        this.listener = listener;
    }

    /** The plan of the last run; null when there was none. */
    public @Nullable Plan plan() {
        return plan;
    }

    /** Carries it out. Every fault is a result. */
    public PhaseResult run(PhaseRequest request) {
        report = LockReport.NONE;
        blockers = List.of();
        try {
            return carryOut(request);
        } catch (CancellationException _) {
            return interrupted();
        } catch (RefusedException e) {
            return result(Outcome.REFUSED, e.reason(), e.getMessage(), null, List.of());
        } catch (InvalidChangeException e) {
            return result(
                    Outcome.REFUSED,
                    e.inExpression() ? Reason.INVALID_EXPRESSION : Reason.INVALID_SPEC,
                    e.getMessage(),
                    null,
                    List.of());
        } catch (SQLException | RuntimeException e) {
            if (interruption.requested()) {
                return interrupted();
            }
            Failure failure = Failures.classify(e);
            return result(failure.outcome(), failure.reason(), failure.message(), failure.sqlState(), List.of());
        }
    }

    private PhaseResult interrupted() {
        return result(Outcome.INTERRUPTED, Reason.INTERRUPTED, "Asked to stop.", null, List.of());
    }

    private PhaseResult carryOut(PhaseRequest request) throws SQLException {
        listener.progress(new PhaseProgress(Activity.PLANNING, LockReport.NONE, List.of(), null, 0));
        changes = RequestedChanges.of(request.changes(), request.sql());
        boolean preflight = request.phase().equals(PhaseRequest.PREFLIGHT);
        if (preflight) {
            // Only here: later phases carry out what has this plan's hash, and need no parser.
            Expressions.require(changes);
            // Not when a lock is wanted in the middle of the night.
            limits(request);
        }
        try (Connection session = sessions.open()) {
            interruption.watch(session);
            plan = plan(session, request);
            if (preflight) {
                return result(Outcome.DONE, Reason.SUCCEEDED, "Planned.", null, List.of());
            }
            Optional<Phase> wanted = plan.phases().stream()
                    .filter(phase -> phase.name().equals(request.phase()))
                    .findFirst();
            if (!plan.hash().equals(request.planHash()) || wanted.isEmpty()) {
                return planChanged("The tables are not as they were when the plan was made: it is planned again.");
            }
            for (Phase earlier : plan.phases()) {
                if (earlier.name().equals(request.phase())) {
                    break;
                }
                if (earlier.type().applies() && !earlier.done()) {
                    return planChanged("What an earlier phase did is no longer there: it is planned again.");
                }
            }
            for (Step step : wanted.get().steps()) {
                if (!step.done()) {
                    Optional<PhaseResult> ending = carryOut(step, session, request);
                    if (ending.isPresent()) {
                        return ending.get();
                    }
                }
            }
            plan = plan(session, request);
            boolean done = wanted.get().type() == PhaseType.VERIFY
                    || plan.phases().stream().anyMatch(phase -> phase.name().equals(request.phase()) && phase.done());
            return done
                    ? result(Outcome.DONE, Reason.SUCCEEDED, wanted.get().label() + ": done.", null, List.of())
                    : result(
                            Outcome.TRANSIENT,
                            Reason.RETRYING,
                            "The catalog changed meanwhile: the phase is carried out again.",
                            null,
                            List.of());
        }
    }

    private Plan plan(Connection session, PhaseRequest request) throws SQLException {
        List<Identifier> schemas = request.database().schemas() == null
                ? List.of(new Identifier("public"))
                : request.database().schemas().stream().map(Identifier::parse).toList();
        var facts = CatalogReader.read(session, changes, schemas);
        serverVersion = facts.server().text();
        return Planner.plan(changes, request.validation(), facts);
    }

    /** Does one step; empty when it is done and the next one is due. */
    private Optional<PhaseResult> carryOut(Step step, Connection session, PhaseRequest request) throws SQLException {
        return switch (step) {
            case Step.Brief brief -> brief(brief, session, request);
            case Step.Validate validate -> validate(validate, session, request);
            case Step.Verify verify -> verify(verify, request);
            case Step.Concurrent concurrent -> concurrent(concurrent, session, request);
            case Step.Backfill backfill -> backfill(backfill, request);
        };
    }

    private Optional<PhaseResult> brief(Step.Brief step, Connection session, PhaseRequest request) throws SQLException {
        try (Connection watcher = sessions.open()) {
            LockAcquisition acquisition = new LockAcquisition(
                    session,
                    view(watcher, session),
                    new BlockerSignal(watcher),
                    limits(request),
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
                    case DEADLINE -> Optional.of(deadline(request, acquisition.contention()));
                    case INTERRUPTED -> Optional.of(interrupted());
                    case GUARD_FAILED ->
                        Optional.of(
                                planChanged("Under the locks the tables were not as planned: it is planned again."));
                };
            } catch (SQLException e) {
                report = before.plus(acquisition.report());
                boolean ofRelation = SqlStates.DUPLICATE_RELATION.equals(e.getSQLState())
                        || SqlStates.UNDEFINED_RELATION.equals(e.getSQLState());
                if (ofRelation && !done(step, session, request)) {
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
    private boolean done(Step.Brief step, Connection session, PhaseRequest request) throws SQLException {
        return plan(session, request).phases().stream()
                .filter(phase -> phase.name().equals(request.phase()))
                .flatMap(phase -> phase.steps().stream())
                .anyMatch(planned -> planned.label().equals(step.label()) && planned.done());
    }

    private Optional<PhaseResult> validate(Step.Validate step, Connection session, PhaseRequest request)
            throws SQLException {
        String longest = request.validation().maxDuration();
        try (Connection watcher = sessions.open()) {
            Validation validation = new Validation(
                    session,
                    view(watcher, session),
                    limits(request),
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
                case DEADLINE -> Optional.of(deadline(request, null));
                case INTERRUPTED -> Optional.of(interrupted());
                case TOO_LONG ->
                    Optional.of(result(
                            Outcome.DEADLINE,
                            Reason.DEADLINE_EXCEEDED,
                            "The validation of " + step.constraint() + " took longer than validation.maxDuration ("
                                    + longest + ") and was cancelled, so that vacuum is not held up. New rows are"
                                    + " checked. Allow more, or leave it out, and retry at a quiet time.",
                            null,
                            List.of()));
                case VIOLATED -> {
                    List<Violations> violations = search(step.violations(), request);
                    // Gone already: validated at the next attempt.
                    yield Optional.of(
                            violations.isEmpty()
                                    ? result(
                                            Outcome.TRANSIENT,
                                            Reason.RETRYING,
                                            "Rows violated " + step.constraint()
                                                    + " and are gone already: it is validated again.",
                                            null,
                                            List.of())
                                    : violated(violations));
                }
            };
        }
    }

    private Optional<PhaseResult> concurrent(Step.Concurrent step, Connection session, PhaseRequest request)
            throws SQLException {
        try (Connection watcher = sessions.open()) {
            IndexWork work =
                    new IndexWork(session, view(watcher, session), limits(request), timing, interruption, listener);
            LockReport before = report;
            IndexWork.Ending ending;
            try {
                ending = work.run(step, () -> again(step, session, request));
            } finally {
                report = before.plus(work.report());
                blockers = work.blockers();
            }
            return switch (ending) {
                case DONE -> {
                    blockers = List.of();
                    yield Optional.empty();
                }
                case DEADLINE -> Optional.of(deadline(request, null));
                case INTERRUPTED -> Optional.of(interrupted());
                case VIOLATED -> Optional.of(duplicates(step.duplicates(), work.duplicate(), request));
            };
        }
    }

    private Optional<PhaseResult> backfill(Step.Backfill step, PhaseRequest request) throws SQLException {
        try (Connection own = sessions.open();
                Connection watcher = sessions.open()) {
            interruption.watch(own);
            Backfill backfill = new Backfill(
                    own, watcher, step, request.backfill(), limits(request), timing, interruption, listener);
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
                case INTERRUPTED -> Optional.of(interrupted());
                case GONE -> Optional.of(planChanged(table + " is no longer there: it is planned again."));
                case OUTRUN ->
                    Optional.of(result(
                            Outcome.TRANSIENT,
                            Reason.RETRYING,
                            "Rows of " + table + " are written to faster than they are found: it goes on.",
                            null,
                            List.of()));
                case DEADLINE ->
                    Optional.of(late(
                            "Rows of " + table + ", or the table, were held by others",
                            "End the transactions that hold them",
                            request));
                case REPLICAS ->
                    Optional.of(late(
                            "A standby was further behind than backfill.maxReplicaLag ("
                                    + request.backfill().maxReplicaLag() + ")",
                            "See to it",
                            request));
            };
        }
    }

    private PhaseResult late(String what, String todo, PhaseRequest request) {
        return result(
                Outcome.DEADLINE,
                Reason.DEADLINE_EXCEEDED,
                what + " for longer than locks.deadline (" + request.locks().deadline() + "). " + todo
                        + ", or allow more, and retry: what is filled stays.",
                null,
                List.of());
    }

    /** The step as it is planned now; empty when the plan is another one. */
    private Optional<Step.Concurrent> again(Step.Concurrent step, Connection session, PhaseRequest request)
            throws SQLException {
        Plan now = plan(session, request);
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

    private PhaseResult duplicates(Step.@Nullable DuplicateQuery query, SQLException fault, PhaseRequest request)
            throws SQLException {
        if (query == null) {
            throw fault;
        }
        Violations violations;
        try {
            violations =
                    new DuplicateSearch(sessions, request.validation().sample(), interruption, listener).search(query);
        } catch (SQLException e) {
            if (interruption.requested()) {
                return interrupted();
            }
            // The rows are there, whether they can be read or not.
            Failure failure = Failures.classify(fault);
            return result(failure.outcome(), failure.reason(), failure.message(), failure.sqlState(), List.of());
        }
        return violations == null
                ? result(
                        Outcome.TRANSIENT,
                        Reason.RETRYING,
                        "There were duplicate keys of " + query.index() + ", and are gone already: it is built again.",
                        null,
                        List.of())
                : violated(List.of(violations));
    }

    private Optional<PhaseResult> verify(Step.Verify step, PhaseRequest request) throws SQLException {
        List<Violations> violations;
        try {
            violations = search(step.queries(), request);
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

    private List<Violations> search(List<Step.ViolationQuery> queries, PhaseRequest request) throws SQLException {
        return new ViolationSearch(
                        sessions,
                        request.validation().connections(),
                        request.validation().sample(),
                        timing,
                        interruption,
                        listener)
                .search(queries);
    }

    private LockView view(Connection watcher, Connection session) throws SQLException {
        // Asked of the server: behind a pooler the driver knows another number.
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return new LockView(new LockTable(watcher), new BuildView(watcher), row.getInt(1), timing);
        }
    }

    private LockLimits limits(PhaseRequest request) {
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

    private PhaseResult violated(List<Violations> violations) {
        long count = violations.stream().mapToLong(Violations::count).sum();
        Violations first = violations.getFirst();
        return result(
                Outcome.VIOLATED,
                Reason.CONSTRAINT_VIOLATED,
                "At least " + count + (count == 1 ? " row violates " : " rows violate ") + first.constraint() + " on "
                        + first.table() + ": clean them up; it goes on by itself then.",
                null,
                violations);
    }

    private PhaseResult deadline(PhaseRequest request, @Nullable Contention contention) {
        return result(
                Outcome.DEADLINE,
                Reason.DEADLINE_EXCEEDED,
                "The lock was not to be had within locks.deadline ("
                        + request.locks().deadline() + "). "
                        + Wording.lastInTheWay(blockers, request.locks())
                        + Wording.seen(contention)
                        + Wording.nextStep(contention, request.locks()),
                null,
                List.of());
    }

    private PhaseResult planChanged(String message) {
        return result(Outcome.PLAN_CHANGED, Reason.PLAN_CHANGED, message, null, List.of());
    }

    private PhaseResult result(
            Outcome outcome, Reason reason, String message, @Nullable String sqlState, List<Violations> violations) {
        return new PhaseResult(
                outcome,
                reason,
                message,
                sqlState,
                serverVersion,
                plan == null ? null : summary(plan),
                report,
                blockers,
                violations,
                plan == null ? null : plan.applied(),
                plan == null ? null : plan.validated());
    }

    /** What is told of a plan. */
    public static PhaseResult.PlanSummary summary(Plan plan) {
        return new PhaseResult.PlanSummary(
                plan.hash(),
                plan.target(),
                plan.label(),
                // Hashed, so that a plan of a hundred changes fits too.
                plan.relations().stream().map(PhaseRunner::shortHash).toList(),
                plan.phases().stream()
                        .map(phase -> new PhaseResult.PhaseSummary(
                                phase.name(), phase.type(), phase.label(), phase.done(), phase.sql(), phase.locks()))
                        .toList());
    }

    private static String shortHash(String relation) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(relation.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
