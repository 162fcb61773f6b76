package dev.phaselock.cli;

import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What SchemaChanges cost the operator. */
@Command(
        name = "operator",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "What SchemaChanges cost the operator: many at rest, one more beside them, and many in flight, on a real API server"
                    + " with Jobs that change nothing.",
            "Starts everything that it needs on this machine and ends it, also on Ctrl-C. Linux only."
        })
final class OperatorBenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--at-rest",
            split = ",",
            paramLabel = "NUMBER",
            defaultValue = "100,1000,10000",
            description = "How many are at rest, growing; ${DEFAULT-VALUE} when left out.")
    private List<Integer> atRest;

    @Option(
            names = "--in-flight",
            paramLabel = "NUMBER",
            defaultValue = "500",
            description = "How many are made at once, before; ${DEFAULT-VALUE} when left out.")
    private int inFlight;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where operator.jsonl and operator.md go; target/bench when left out.")
    private Path out;

    @Override
    public Integer call() throws Exception {
        if (atRest.stream().anyMatch(number -> number < 2) || inFlight < 1) {
            throw new ParameterException(spec.commandLine(), "at least 2 at rest, and 1 in flight");
        }
        PrintWriter terminal = spec.commandLine().getOut();
        Home home = Home.find();
        Path results = Files.createDirectories((out == null ? home.resolve("target/bench") : out).toAbsolutePath());
        Path folder = Files.createTempDirectory("phaselock-bench");
        Playground.stopWithThisJvm(folder);
        List<String> lines = new ArrayList<>();
        StringBuilder report = new StringBuilder();
        try (OperatorBench bench = new OperatorBench(home, folder, what -> tell(terminal, what))) {
            tell(terminal, inFlight + " in flight");
            OperatorBench.InFlight flight = bench.inFlight(inFlight);
            lines.add(ResultJson.write(flight));
            report.append(String.format(
                    Locale.ROOT,
                    "%d in flight: %.1f s until the last was Ready, %d ms of the operator's CPU for each; at most %d phases at"
                            + " once; from the first phase of one to its last %.0f s (longest %.0f s); at most %d younger ones"
                            + " were Ready before one.%n%n",
                    flight.changes(),
                    flight.millis() / 1000.0,
                    flight.cpuMillis(),
                    flight.runningMost(),
                    flight.medianMillis() / 1000.0,
                    flight.longestMillis() / 1000.0,
                    flight.overtaken()));
            write(results, lines, report);
            report.append(
                    "| at rest | memory, MiB (not of files) | CPU at rest, % of a core | one more: Ready after, ms |"
                            + " one more: CPU of the operator, ms |\n|---|---|---|---|---|\n");
            for (int number : atRest) {
                tell(terminal, number + " at rest");
                OperatorBench.AtRest rest = bench.atRest(number);
                lines.add(ResultJson.write(rest));
                report.append(String.format(
                        Locale.ROOT,
                        "| %,d | %d (%d) | %.1f | %,d | %d |%n",
                        rest.changes(),
                        rest.residentMiB(),
                        rest.notOfFilesMiB(),
                        rest.restCpuPercent(),
                        rest.oneMoreMillis(),
                        rest.oneMoreCpuMillis()));
                write(results, lines, report);
            }
        }
        terminal.print(report);
        terminal.flush();
        return 0;
    }

    /** After each, for all of it takes half an hour. */
    private static void write(Path results, List<String> lines, CharSequence report) throws IOException {
        Files.write(results.resolve("operator.jsonl"), lines);
        Files.writeString(results.resolve("operator.md"), report);
    }

    private static void tell(PrintWriter terminal, String what) {
        terminal.println("▸ " + what);
        terminal.flush();
    }
}
