package dev.phaselock.cli;

import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.run.Interruption;
import dev.phaselock.run.SessionFactory;
import dev.phaselock.run.Timing;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
    public Integer call() {
        List<Manifest> manifests = target.manifests();
        List<Function<String, SessionFactory>> sessions =
                manifests.stream().map(target::sessions).toList();
        Interruption interruption = new Interruption();
        CountDownLatch ended = new CountDownLatch(1);
        AtomicInteger exit = new AtomicInteger(ExitCodes.INTERRUPTED);
        // Left alone, the JVM exits with a code of its own on Ctrl-C and SIGTERM.
        Thread hook = new Thread(() -> {
            interruption.request();
            awaitQuietly(ended);
            Runtime.getRuntime().halt(exit.get());
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            exit.set(run(manifests, sessions, interruption));
            return exit.get();
        } finally {
            ended.countDown();
            remove(hook);
        }
    }

    private int run(
            List<Manifest> manifests, List<Function<String, SessionFactory>> sessions, Interruption interruption) {
        PrintWriter out = spec.commandLine().getOut();
        List<ChangeRun.Report> reports = new ArrayList<>();
        int exit = ExitCodes.READY;
        for (int i = 0; i < manifests.size() && exit == ExitCodes.READY; i++) {
            Manifest manifest = manifests.get(i);
            RunDisplay display = output == OutputFormat.JSON
                    ? RunDisplay.silent()
                    : RunDisplay.terminal(out, manifest.qualifiedName());
            ChangeRun.Report report =
                    new ChangeRun(sessions.get(i), Timing.system(), interruption, display, !noWait).run(manifest);
            reports.add(report);
            exit = ExitCodes.of(report.outcome());
        }
        if (output == OutputFormat.JSON) {
            out.println(ChangeRun.json(reports));
        }
        out.flush();
        return exit;
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The JVM is ending, and the hook says with what.
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
