package dev.phaselock.cli;

import dev.phaselock.cli.Manifests.InvalidManifestException;
import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** All phases from this terminal, without a cluster. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "Carries the SchemaChanges of a file out from this terminal, without a cluster.",
            "The same phases and the same lock acquisition as in a cluster. Can be repeated at any time: what is there is"
                    + " left alone, what is half done is continued."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ready",
            "1:anything unexpected",
            "2:usage or invalid manifest",
            "3:refused: it cannot be done like this; nothing more was changed",
            "4:existing rows violate a constraint (with --no-wait)",
            "5:a lock was not to be had before locks.deadline",
            "6:interrupted"
        })
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private FileAndDatabase target;

    @Option(
            names = "--no-wait",
            description = "End when existing rows violate a constraint, instead of waiting for the clean-up.")
    private boolean noWait;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            defaultValue = "text",
            description = "text for people (the default), or json: one document at the end.")
    private OutputFormat output;

    @Override
    public Integer call() throws InterruptedException {
        List<Manifest> manifests;
        try {
            manifests = Manifests.read(
                    target.file(), message -> spec.commandLine().getErr().println("phaselock: " + message));
        } catch (InvalidManifestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        Interruption interruption = new Interruption();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            interruption.request();
            awaitQuietly(ended);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            List<ChangeRun.Report> reports = new ArrayList<>();
            int exit = ExitCodes.READY;
            for (Manifest manifest : manifests) {
                RunDisplay display = output == OutputFormat.JSON
                        ? RunDisplay.silent()
                        : RunDisplay.terminal(spec.commandLine().getOut(), manifest.qualifiedName());
                ChangeRun.Report report = new ChangeRun(
                                target.sessions(manifest), Timing.system(), interruption, display, !noWait)
                        .run(manifest);
                reports.add(report);
                exit = ExitCodes.of(report.outcome());
                if (exit != ExitCodes.READY) {
                    break;
                }
            }
            if (output == OutputFormat.JSON) {
                spec.commandLine().getOut().println(ChangeRun.json(reports));
                spec.commandLine().getOut().flush();
            }
            return exit;
        } finally {
            ended.countDown();
        }
    }

    /** A Ctrl-C waits for the cancelled statement to be rolled back, not longer than a few seconds. */
    private static void awaitQuietly(CountDownLatch ended) {
        try {
            ended.await(4, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
