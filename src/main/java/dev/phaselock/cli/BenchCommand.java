package dev.phaselock.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures on this machine what docs/performance.md tells. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            LocksBenchCommand.class,
            SizesBenchCommand.class,
            ScansBenchCommand.class,
            OperatorBenchCommand.class,
            BenchCommand.RunnerStartCommand.class
        },
        description = "Measures on this machine what docs/performance.md tells.")
final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which benchmark?");
    }

    /** {@link RunnerStart}. */
    @Command(
            name = "runner-start",
            mixinStandardHelpOptions = true,
            versionProvider = PhaselockCommand.Version.class,
            description = "From the start of a phase's process to its first SQL statement.")
    static final class RunnerStartCommand implements Callable<Integer> {
        @Parameters(
                paramLabel = "RUNS",
                arity = "0..1",
                defaultValue = "20",
                description = "How often each; ${DEFAULT-VALUE} when left out.")
        private int runs;

        @Override
        public Integer call() throws Exception {
            RunnerStart.main(new String[] {"measure", Integer.toString(runs)});
            return 0;
        }
    }
}
