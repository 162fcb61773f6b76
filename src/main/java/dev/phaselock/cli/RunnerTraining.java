package dev.phaselock.cli;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.RecordJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM watches while it records the AOT cache: the phases of one foreign key, one after the other in one process,
 * each as {@link PhaseCommand} runs it in a Job. Where the folder has no Secret it gets as far as the refusal for that.
 */
final class RunnerTraining {
    /** The change that is trained and measured with. */
    static final String CHANGE = "default/orders-customer-fk";

    private RunnerTraining() {}

    /**
     * Runs the phases.
     *
     * @param args a folder, whose subfolder {@code secret} is the database's Secret; the results go into it
     */
    public static void main(String[] args) throws IOException, ClassNotFoundException {
        Class.forName(Main.class.getName());
        Path folder = Path.of(args[0]);
        PhaseResult preflight = run(folder, request(PhaseRequest.PREFLIGHT, null));
        if (preflight.outcome() == Outcome.DONE && preflight.plan() != null) {
            for (PhaseSummary phase : preflight.plan().phases()) {
                PhaseResult result =
                        run(folder, request(phase.name(), preflight.plan().hash()));
                if (result.outcome() != Outcome.DONE) {
                    throw new IllegalStateException(phase.name() + ": " + result.message());
                }
            }
        }
        System.exit(0);
    }

    /** Asks for a phase of a foreign key from {@code orders} to {@code customers}. */
    static PhaseRequest request(String phase, @Nullable String planHash) {
        AddForeignKeySpec key = RecordJson.read("""
                {"table": "orders", "name": "orders_customer_fk", "columns": ["customer_id"],
                 "references": {"table": "customers", "columns": ["id"]}, "onDelete": "Restrict"}\
                """, AddForeignKeySpec.class);
        return new PhaseRequest(
                CHANGE,
                phase,
                planHash,
                RecordJson.read("{\"secretRef\": {\"name\": \"shop-db-app\"}}", DatabaseSpec.class),
                List.of(ChangeSpec.of(key)),
                LocksSpec.DEFAULT,
                ValidationSpec.DEFAULT,
                0,
                0,
                null);
    }

    /** The environment of a Job's container. */
    static Map<String, String> environment(Path folder, Path secret, PhaseRequest request) {
        return Map.of(
                "PHASELOCK_REQUEST", RecordJson.write(request),
                "PHASELOCK_SECRET_DIR", secret.toString(),
                "PHASELOCK_RESULT", folder.resolve("result").toString());
    }

    private static PhaseResult run(Path folder, PhaseRequest request) throws IOException {
        PhaseCommand.run(environment(folder, folder.resolve("secret"), request), new String[0]);
        return RecordJson.read(Files.readString(folder.resolve("result")), PhaseResult.class);
    }
}
