package dev.phaselock.cli;

import dev.phaselock.bench.Servers.Site;
import dev.phaselock.bench.SizeBench;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A foreign key's cost against the size of its table. */
@Command(
        name = "sizes",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "What a foreign key costs until it is valid, against the size of its table: by Phaselock, by a plain ALTER, and by"
                    + " NOT VALID and VALIDATE.",
            "Starts a PostgreSQL server of its own and ends it, also on Ctrl-C. A million orders take 130 MB of disk."
        })
final class SizesBenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--orders",
            split = ",",
            paramLabel = "NUMBER",
            defaultValue = "10000,100000,1000000,10000000",
            description = "The sizes; ${DEFAULT-VALUE} when left out.")
    private List<Integer> orders;

    @Mixin
    private SizesOptions options;

    @Override
    public Integer call() throws Exception {
        Home home = Home.find();
        if (orders.stream().anyMatch(number -> number < SizeBench.LEAST)) {
            throw new ParameterException(spec.commandLine(), "at least " + SizeBench.LEAST + " orders");
        }
        try (BenchServer server = BenchServer.start(home, options.version(), Site.ALONE)) {
            new SizeBench(
                            orders,
                            options.seeds(),
                            server.database(),
                            spec.commandLine().getOut())
                    .run(options.results(home));
        }
        return 0;
    }
}
