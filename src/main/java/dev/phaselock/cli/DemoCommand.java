package dev.phaselock.cli;

import dev.phaselock.cli.demo.Demo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From nothing to a validated constraint, before one's eyes. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "Shows a foreign key and a check being added to a table of a million orders while writers are at work and a long"
                    + " transaction stands in the way; then what the writers felt, beside the plain ALTER.",
            "Starts everything that it needs on this machine and ends it, also on Ctrl-C. Takes less than 3 minutes once built."
        })
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--orders",
            defaultValue = "1000000",
            description = "How many orders there are; ${DEFAULT-VALUE} when left out.")
    private int orders;

    @Override
    public Integer call() throws Exception {
        Home home = Home.find();
        if (!Home.onPath("kubectl")) {
            throw new IllegalStateException(
                    "kubectl is missing: the demo uses it as people do. Install kubectl 1.31 or newer.");
        }
        Path folder = Files.createTempDirectory("phaselock-demo");
        Playground.stopWithThisJvm(folder);
        var out = spec.commandLine().getOut();
        Playground playground = Playground.start(home, folder, what -> {
            out.println("▸ " + what);
            out.flush();
        });
        return new Demo(
                        out,
                        playground.jdbcUrl(),
                        playground.kubeconfig(),
                        home.resolve("examples"),
                        home.resolve("target/demo"),
                        orders)
                .run();
    }
}
