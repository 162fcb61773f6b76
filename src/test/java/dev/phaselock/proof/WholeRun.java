package dev.phaselock.proof;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change, carried out by the runner's own code in sessions as a Job opens them, and repeated as the operator does it: a
 * phase that ended by a passing fault again, and Preflight where the plan is another one.
 *
 * @param port of the server or of what stands before it
 */
record WholeRun(PgDatabase database, int port, List<ChangeSpec> changes, LocksSpec locks) {
    private static final int ROUNDS = 10;

    static WholeRun of(PgDatabase database, List<ChangeSpec> changes) {
        return at(database, database.server().port(), changes);
    }

    static WholeRun at(PgDatabase database, int port, List<ChangeSpec> changes) {
        return new WholeRun(database, port, changes, new LocksSpec("100ms", "1s", "30s"));
    }

    /** The results of all that ran; the last says how it ended, and is DONE only where all phases are. */
    List<PhaseResult> untilItEnds() {
        List<PhaseResult> results = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            PhaseResult preflight = run(PhaseRequest.PREFLIGHT, null);
            results.add(preflight);
            if (preflight.outcome() == Outcome.TRANSIENT) {
                continue;
            }
            if (preflight.outcome() != Outcome.DONE || phases(preflight.plan(), results)) {
                return results;
            }
        }
        return results;
    }

    /** Whether it ended; Preflight runs again where not. */
    private boolean phases(PhaseResult.PlanSummary plan, List<PhaseResult> results) {
        for (PhaseResult.PhaseSummary phase : plan.phases()) {
            Outcome outcome = Outcome.TRANSIENT;
            for (int attempt = 0; attempt < ROUNDS && outcome == Outcome.TRANSIENT; attempt++) {
                PhaseResult result = run(phase.name(), plan.hash());
                results.add(result);
                outcome = result.outcome();
            }
            if (outcome != Outcome.DONE) {
                return outcome != Outcome.PLAN_CHANGED;
            }
        }
        return true;
    }

    private PhaseResult run(String phase, @Nullable String hash) {
        String url = database.url().replace(":" + database.server().port() + "/", ":" + port + "/");
        ConnectionSettings settings = ConnectionSettings.ofUrl(url, null, Map.of());
        return new PhaseRunner(
                        () -> new Sessions(settings, "shop/test", phase).open(),
                        Timing.system(),
                        new Interruption(),
                        _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        changes,
                        locks,
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }
}
