package dev.phaselock.cli;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.PhaseType;
import dev.phaselock.plan.ResultJson;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.PhaseRunner;
import dev.phaselock.run.Timing;
import dev.phaselock.sql.LockMode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what would be done, changing nothing. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "Shows the phases of the SchemaChanges of a file, their SQL, their locks and whether writers can notice.",
            "Changes nothing. With a database, what is there already is taken into account.",
            "With --sql it prints a SchemaChange that does what a file of SQL says, for kubectl apply."
        })
final class PlanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private FileAndDatabase target;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            defaultValue = "text",
            description = "text for people (the default), or json.")
    private OutputFormat output;

    @Option(
            names = "--sql",
            paramLabel = "FILE",
            description = "SQL to make a SchemaChange of, which is printed; - for standard input.")
    private @Nullable String sql;

    @Option(
            names = "--secret",
            paramLabel = "NAME",
            defaultValue = "app-db",
            description = "With --sql: the Secret of the database; app-db when left out.")
    private String secret;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "With --sql: what the SchemaChange is called; made from the file's name when left out.")
    private @Nullable String name;

    @Override
    public Integer call() {
        if (sql != null) {
            if (target.hasFile()) {
                throw new ParameterException(spec.commandLine(), "give either --file or --sql");
            }
            return new SqlManifest(spec.commandLine(), sql, name, secret).print();
        }
        List<Manifest> manifests = target.manifests();
        PrintWriter out = spec.commandLine().getOut();
        List<PhaseResult> results = new ArrayList<>();
        int exit = ExitCodes.READY;
        for (Manifest manifest : manifests) {
            PhaseResult result = plan(manifest);
            results.add(result);
            if (output == OutputFormat.TEXT) {
                print(out, manifest, result);
            }
            if (result.outcome() != Outcome.DONE) {
                exit = ExitCodes.of(result.outcome());
            }
        }
        if (output == OutputFormat.JSON) {
            out.println(ResultJson.write(results.size() == 1 ? results.getFirst() : results));
        }
        out.flush();
        return exit;
    }

    private PhaseResult plan(Manifest manifest) {
        PhaseRequest request = new PhaseRequest(
                manifest.qualifiedName(),
                PhaseRequest.PREFLIGHT,
                null,
                manifest.spec().database(),
                manifest.spec().changes(),
                manifest.spec().locksOrDefault(),
                manifest.spec().validationOrDefault(),
                LockReport.NONE.waitedMillis(),
                LockReport.NONE.delayedMillis(),
                manifest.spec().sql(),
                manifest.spec().backfillOrDefault());
        if (!target.hasDatabase()) {
            return AssumedPlan.of(request);
        }
        return new PhaseRunner(
                        target.sessions(manifest).apply(PhaseRequest.PREFLIGHT),
                        Timing.system(),
                        new Interruption(),
                        _ -> {})
                .run(request);
    }

    private static void print(PrintWriter out, Manifest manifest, PhaseResult result) {
        out.println(manifest.qualifiedName());
        if (result.outcome() != Outcome.DONE || result.plan() == null) {
            out.println("  ✗ " + result.reason().label() + ": " + result.message()
                    + (result.sqlState() == null ? "" : " (SQLSTATE " + result.sqlState() + ")"));
            return;
        }
        out.println("  " + result.plan().label() + " on " + result.plan().target() + ", plan "
                + result.plan().hash()
                + (result.serverVersion() == null
                        ? ", for PostgreSQL " + AssumedPlan.VERSION + " and ordinary tables (no --url)"
                        : ", PostgreSQL " + result.serverVersion()));
        for (PhaseSummary phase : result.plan().phases()) {
            out.println();
            out.println("  " + phase.name() + "  " + phase.label() + (phase.done() ? "  (is there already)" : ""));
            phase.sql().forEach(sql -> out.println("      " + sql.replace("\n", "\n      ") + ";"));
            phase.locks().forEach(lock -> out.println("      lock     " + lock));
            out.println("      writers  " + writers(phase, manifest));
        }
    }

    private static String writers(PhaseSummary phase, Manifest manifest) {
        // A partition is detached under a strong lock, also where that comes after a long wait.
        boolean strong = phase.type() == PhaseType.INDEX
                && phase.locks().stream().anyMatch(lock -> lock.endsWith(LockMode.ACCESS_EXCLUSIVE.sql()));
        return switch (strong ? PhaseType.APPLY : phase.type()) {
            case PREFLIGHT, VERIFY -> "do not notice: it reads";
            case VALIDATE, INDEX -> "do not notice: reading and writing go on";
            case BACKFILL ->
                "of a row wait while a batch of rows that it is in is written, about "
                        + manifest.spec().backfillOrDefault().batchTarget() + "; others do not notice";
            case APPLY -> ofApply(phase, manifest.spec().locksOrDefault());
        };
    }

    private static String ofApply(PhaseSummary phase, LocksSpec limits) {
        if (phase.locks().isEmpty()) {
            return "do not notice: no table is locked";
        }
        String rows = ": " + LockMode.ROW_EXCLUSIVE.sql();
        return phase.locks().stream().allMatch(lock -> lock.endsWith(rows))
                ? "of the rows that it changes wait until it commits; others do not notice"
                : "wait for some milliseconds at most while the catalog is changed; it is tried only in a moment in which"
                        + " nobody is in the way, and no try waits for longer than " + limits.timeout();
    }
}
