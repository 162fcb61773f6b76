package dev.phaselock.run;

import dev.phaselock.change.Change;
import dev.phaselock.change.Expressions;
import dev.phaselock.change.InvalidChangeException;
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
import dev.phaselock.plan.UndoPlan;
import dev.phaselock.postgres.CatalogReader;
import dev.phaselock.postgres.Failures;
import dev.phaselock.sql.Identifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
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

    private @Nullable String serverVersion;
    private @Nullable Plan plan;
    private List<Change> changes = List.of();
    private @Nullable List<String> absent;
    private boolean idle;
    /** Whether all steps of the wanted phase were carried out, or were done. */
    private boolean ended;

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
        StepWork work =
                new StepWork(sessions, timing, interruption, listener, request, session -> plan(session, request));
        try {
            return result(carryOut(request, work), work);
        } catch (CancellationException _) {
            return result(StepEnding.interrupted(), work);
        } catch (RefusedException e) {
            return result(StepEnding.of(Outcome.REFUSED, e.reason(), e.getMessage()), work);
        } catch (InvalidChangeException e) {
            return result(
                    StepEnding.of(
                            Outcome.REFUSED,
                            e.inExpression() ? Reason.INVALID_EXPRESSION : Reason.INVALID_SPEC,
                            e.getMessage()),
                    work);
        } catch (SQLException | RuntimeException e) {
            return result(
                    interruption.requested() ? StepEnding.interrupted() : StepEnding.of(Failures.classify(e)), work);
        }
    }

    private StepEnding carryOut(PhaseRequest request, StepWork work) throws SQLException {
        listener.progress(new PhaseProgress(Activity.PLANNING, LockReport.NONE, List.of(), null, 0));
        changes = RequestedChanges.of(request.changes(), request.sql());
        ended = false;
        boolean preflight = request.phase().equals(PhaseRequest.PREFLIGHT);
        if (preflight) {
            // Only here: later phases carry out what has this plan's hash, and need no parser.
            Expressions.require(changes);
            // Not when a lock is wanted in the middle of the night.
            work.limits();
        }
        try (Connection session = sessions.open()) {
            interruption.watch(session);
            plan = plan(session, request);
            if (preflight) {
                absent = request.undoable() && request.undo() == null
                        ? Undoing.absent(session, changes, schemas(request), request.validation())
                        : null;
                return StepEnding.of(Outcome.DONE, Reason.SUCCEEDED, "Planned.");
            }
            Optional<Phase> wanted = plan.phases().stream()
                    .filter(phase -> phase.name().equals(request.phase()))
                    .findFirst();
            if (!plan.hash().equals(request.planHash()) || wanted.isEmpty()) {
                return StepEnding.planChanged(
                        "The tables are not as they were when the plan was made: it is planned again.");
            }
            for (Phase earlier : plan.phases()) {
                if (earlier.name().equals(request.phase())) {
                    break;
                }
                if (earlier.type().applies() && !earlier.done()) {
                    return StepEnding.planChanged("What an earlier phase did is no longer there: it is planned again.");
                }
            }
            idle = wanted.get().done();
            for (Step step : wanted.get().steps()) {
                if (!step.done()) {
                    Optional<StepEnding> ending = work.carryOut(step, session);
                    if (ending.isPresent()) {
                        return ending.get();
                    }
                }
            }
            ended = true;
            plan = plan(session, request);
            boolean done = wanted.get().type() == PhaseType.VERIFY
                    || plan.phases().stream().anyMatch(phase -> phase.name().equals(request.phase()) && phase.done());
            return done
                    ? StepEnding.of(Outcome.DONE, Reason.SUCCEEDED, wanted.get().label() + ": done.")
                    : StepEnding.of(
                            Outcome.TRANSIENT,
                            Reason.RETRYING,
                            "The catalog changed meanwhile: the phase is carried out again.");
        }
    }

    private Plan plan(Connection session, PhaseRequest request) throws SQLException {
        if (request.undo() != null) {
            UndoPlan undoing = Undoing.plan(changes, request.undo());
            var facts = CatalogReader.read(session, undoing.changes(), schemas(request));
            serverVersion = facts.server().text();
            return undoing.plan(request.validation(), facts);
        }
        var facts = CatalogReader.read(session, changes, schemas(request));
        serverVersion = facts.server().text();
        return Planner.plan(changes, request.validation(), facts)
                .reached(request.phase(), ended, change -> changes.get(change).toldByOrder());
    }

    private static List<Identifier> schemas(PhaseRequest request) {
        return request.database().schemas() == null
                ? List.of(new Identifier("public"))
                : request.database().schemas().stream().map(Identifier::parse).toList();
    }

    private PhaseResult result(StepEnding ending, StepWork work) {
        return new PhaseResult(
                ending.outcome(),
                ending.reason(),
                ending.message(),
                ending.sqlState(),
                serverVersion,
                plan == null ? null : summary(plan, absent),
                work.report(),
                work.blockers(),
                ending.violations(),
                plan == null ? null : plan.applied(),
                plan == null ? null : plan.validated(),
                idle ? true : null);
    }

    /** What is told of a plan. */
    public static PhaseResult.PlanSummary summary(Plan plan) {
        return summary(plan, null);
    }

    private static PhaseResult.PlanSummary summary(Plan plan, @Nullable List<String> absent) {
        return new PhaseResult.PlanSummary(
                plan.hash(),
                plan.target(),
                plan.label(),
                // Hashed, so that a plan of a hundred changes fits too.
                plan.relations().stream().map(PhaseRunner::shortHash).toList(),
                plan.phases().stream()
                        .map(phase -> new PhaseResult.PhaseSummary(
                                phase.name(),
                                phase.type(),
                                phase.label(),
                                phase.done(),
                                phase.sql(),
                                phase.locks(),
                                phase.change()))
                        .toList(),
                absent);
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
