package dev.phaselock.operator;

import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.Violations;
import java.util.List;

/** Results, plans and progress as a runner would give them. */
final class Results {
    static final LockReport REPORT = new LockReport(3, 1500, 12, 2, 40, 60);

    private Results() {}

    /** Verify, Apply and Validate of one check. */
    static PlanSummary plan(String hash, boolean verified, boolean applied, boolean validated) {
        return new PlanSummary(
                hash,
                "public.orders",
                "add check orders_total_check",
                List.of("public.orders"),
                List.of(
                        new PhaseSummary("1-verify", PhaseType.VERIFY, "look", verified, List.of(), List.of()),
                        new PhaseSummary(
                                "1-apply",
                                PhaseType.APPLY,
                                "add",
                                applied,
                                List.of("ALTER TABLE …"),
                                List.of("public.orders: ACCESS EXCLUSIVE")),
                        new PhaseSummary(
                                "1-validate", PhaseType.VALIDATE, "validate", validated, List.of(), List.of())));
    }

    static PhaseResult planned(PlanSummary plan) {
        return new PhaseResult(
                Outcome.DONE,
                Reason.SUCCEEDED,
                "Planned.",
                null,
                "17.11",
                plan,
                LockReport.NONE,
                List.of(),
                List.of(),
                null,
                null);
    }

    static PhaseResult done() {
        return result(Outcome.DONE, Reason.SUCCEEDED, "Done.");
    }

    static PhaseResult result(Outcome outcome, Reason reason, String message) {
        return new PhaseResult(outcome, reason, message, null, "17.11", null, REPORT, List.of(), List.of(), null, null);
    }

    static PhaseResult violated(long count) {
        return new PhaseResult(
                Outcome.VIOLATED,
                Reason.CONSTRAINT_VIOLATED,
                "Clean the rows up; it goes on by itself.",
                null,
                "17.11",
                null,
                LockReport.NONE,
                List.of(),
                List.of(new Violations("orders_total_check", "public.orders", count, List.of("id=7"))),
                null,
                null);
    }

    static PhaseProgress waiting(int tries) {
        return new PhaseProgress(
                PhaseProgress.Activity.WAITING_FOR_LOCK,
                new LockReport(tries, tries * 100L, 0, 0, 0, 0),
                List.of(new Blocker(
                        4711, "psql", "idle in transaction", 65_432, "ROW EXCLUSIVE", "public.orders", "10.0.0.9")),
                null,
                tries * 100L);
    }
}
