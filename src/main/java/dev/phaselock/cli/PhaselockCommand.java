package dev.phaselock.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line's root. */
@Command(
        name = "phaselock",
        description = "Schema changes on PostgreSQL that never make writers wait.",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            PlanCommand.class,
            LintCommand.class,
            UpCommand.class,
            DownCommand.class,
            DemoCommand.class,
            BenchCommand.class
        },
        footer = {
            "",
            "In a checkout also: test (every test), image (as an archive), operator (with the KUBECONFIG of the environment).",
            "Jobs start: phase."
        })
final class PhaselockCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    static int execute(String... args) {
        return commandLine().execute(args);
    }

    /** Whose output can be led elsewhere. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new PhaselockCommand());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((e, command, _) -> {
            command.getErr().println("phaselock: " + (e.getMessage() == null ? e : e.getMessage()));
            return ExitCodes.UNEXPECTED;
        });
        // The whole usage would hide what was wrong.
        commandLine.setParameterExceptionHandler((e, _) -> {
            CommandLine command = e.getCommandLine();
            String name = command.getCommandSpec().qualifiedName();
            command.getErr().println(name + ": " + e.getMessage());
            UnmatchedArgumentException.printSuggestions(e, command.getErr());
            command.getErr().println("See " + name + " --help.");
            return ExitCodes.USAGE;
        });
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    /** From the jar's manifest, or from the build's own file. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() throws java.io.IOException {
            try (var input = PhaselockCommand.class.getResourceAsStream("/META-INF/phaselock/version")) {
                return new String[] {
                    "phaselock " + new String(input.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip()
                };
            }
        }
    }
}
