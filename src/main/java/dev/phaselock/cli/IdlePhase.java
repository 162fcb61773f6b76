package dev.phaselock.cli;

import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseResult.PlanSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program in the place of the runner that changes no database and says at once that all is well: what is measured with
 * it is the operator's work and the API server's.
 */
final class IdlePhase {
    private static final List<PhaseSummary> PHASES = List.of(
            new PhaseSummary("1-verify", PhaseType.VERIFY, "Look at the existing rows", false, List.of(), List.of()),
            new PhaseSummary(
                    "1-apply",
                    PhaseType.APPLY,
                    "Add orders_total_check NOT VALID",
                    false,
                    List.of(
                            "ALTER TABLE \"public\".\"orders\" ADD CONSTRAINT \"orders_total_check\" CHECK (total >= 0) NOT VALID"),
                    List.of("public.orders: ACCESS EXCLUSIVE")),
            new PhaseSummary(
                    "1-validate",
                    PhaseType.VALIDATE,
                    "Validate orders_total_check",
                    false,
                    List.of("ALTER TABLE \"public\".\"orders\" VALIDATE CONSTRAINT \"orders_total_check\""),
                    List.of("public.orders: SHARE UPDATE EXCLUSIVE")));

    private IdlePhase() {}

    /**
     * Writes the program.
     *
     * @return its command line
     */
    static List<String> write(Path file) throws IOException {
        // Without relations: phases of one relation would wait for each other.
        PhaseResult planned = result(new PlanSummary("idle", "public.orders", "check", List.of(), PHASES));
        Files.writeString(file, """
                case $PHASELOCK_REQUEST in
                  *'"phase":"preflight"'*) cat <<'RESULT' >"$PHASELOCK_RESULT"
                %s
                RESULT
                  ;;
                  *) cat <<'RESULT' >"$PHASELOCK_RESULT"
                %s
                RESULT
                  ;;
                esac
                """.formatted(ResultJson.writeResult(planned), ResultJson.writeResult(result(null))));
        return List.of("/bin/sh", file.toString());
    }

    private static PhaseResult result(@Nullable PlanSummary plan) {
        return new PhaseResult(
                Outcome.DONE,
                Reason.SUCCEEDED,
                "Done.",
                null,
                "17.0",
                plan,
                LockReport.NONE,
                List.of(),
                List.of(),
                plan == null ? true : null,
                plan == null ? true : null);
    }
}
