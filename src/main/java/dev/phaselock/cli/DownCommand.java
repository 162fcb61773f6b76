package dev.phaselock.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ends what {@code up} started. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = "Ends what phaselock up started, and deletes it.")
final class DownCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--dir", paramLabel = "DIR", description = "As given to phaselock up.")
    private Path folder = Playground.defaultFolder();

    @Override
    public Integer call() throws IOException {
        folder = folder.toAbsolutePath().normalize();
        if (!Files.exists(folder)) {
            spec.commandLine().getErr().println("phaselock: nothing runs in " + folder);
            return 0;
        }
        Playground.stop(folder);
        spec.commandLine().getErr().println("phaselock: ended, and " + folder + " is deleted");
        return 0;
    }
}
