package dev.phaselock.cli;

import dev.phaselock.bench.LockBench;
import dev.phaselock.bench.ToolHome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lock acquisition beside the policies that people use today. */
@Command(
        name = "locks",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "What writers feel while a strong lock is taken: by Phaselock, by a plain ALTER, and by the policies of other tools.",
            "Starts PostgreSQL servers of its own and ends them, also on Ctrl-C. bench/README.md says what each scenario and"
                    + " policy is."
        })
final class LocksBenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--scenario", split = ",", paramLabel = "NAME", description = "Only these; all when left out.")
    private List<String> scenarios = LockBench.Plan.allScenarios();

    @Option(names = "--policy", split = ",", paramLabel = "NAME", description = "Only these; all when left out.")
    private List<String> policies;

    @Option(
            names = "--tools",
            description =
                    "Also Alembic and django-pg-zero-downtime-migrations for real, of Python's package index. Needs"
                            + " python3.")
    private boolean tools;

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "NUMBER",
            defaultValue = "11,23,37",
            description =
                    "One repetition for each: of the load and of the order of the policies; ${DEFAULT-VALUE} when left"
                            + " out.")
    private List<Long> seeds;

    @Option(
            names = "--window",
            paramLabel = "SECONDS",
            defaultValue = "40",
            description = "For how long a policy may try; ${DEFAULT-VALUE} when left out.")
    private int window;

    @Option(
            names = "--orders",
            defaultValue = "100000",
            description = "How many orders there are; ${DEFAULT-VALUE} when left out.")
    private int orders;

    @Option(
            names = "--versions",
            paramLabel = "13…18",
            split = ",",
            defaultValue = "17",
            description = "Of PostgreSQL; ${DEFAULT-VALUE} when left out.")
    private List<Integer> versions;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "Where results.jsonl, results.md and the plots go; target/bench when left out. With several versions"
                            + " a folder in it for each.")
    private Path out;

    @Override
    public Integer call() throws Exception {
        Home home = Home.find();
        ToolHome toolHome = tools ? installTools(home) : null;
        LockBench.Plan plan;
        try {
            plan = new LockBench.Plan(
                    scenarios,
                    policies == null ? LockBench.Plan.allPolicies(toolHome != null) : policies,
                    seeds,
                    Duration.ofSeconds(window),
                    orders,
                    Math.max(2_000, orders / 10),
                    toolHome);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        // One that is missing is told before hours are spent on the others.
        versions.forEach(home::postgres);
        Path results = (out == null ? home.resolve("target/bench") : out).toAbsolutePath();
        boolean whole = true;
        for (int version : versions) {
            Path folder = versions.size() == 1 ? results : results.resolve(Integer.toString(version));
            whole &= new LockBench(
                            plan,
                            site -> BenchServer.start(home, version, site),
                            spec.commandLine().getOut())
                    .run(folder);
        }
        return whole ? 0 : ExitCodes.UNEXPECTED;
    }

    /** Null when they are not to be had: then it is told, and all else is measured. */
    private @Nullable ToolHome installTools(Home home) throws IOException, InterruptedException {
        Path environment = home.resolve("target/bench-tools");
        Path scripts = home.resolve("bench/tools");
        int exit = new ProcessBuilder(scripts.resolve("install").toString(), environment.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (exit == 0) {
            return new ToolHome(environment.resolve("bin/python"), scripts);
        }
        spec.commandLine()
                .getErr()
                .println("phaselock: NOT MEASURED: the real tools, for they could not be installed (see above)");
        return null;
    }
}
