package dev.phaselock.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A container as a process of this user, in a session of its own. Signals go to its first process only, as in a
 * container; when that ends, what it left behind is killed, as the end of a container's process namespace would.
 */
final class ContainerProcess {
    private final Process process;
    private final Instant started;
    private boolean stopping;

    private ContainerProcess(Process process, Instant started) {
        this.process = process;
        this.started = started;
    }

    /**
     * Starts it and writes it down in the pod's folder, where {@link #killLeftover} finds it.
     *
     * @throws IOException when its program cannot be started
     */
    static ContainerProcess start(PodLaunch launch, PodFolder folder) throws IOException {
        requireProgram(launch, folder);
        ProcessBuilder builder = new ProcessBuilder(OwnSession.command(launch.command()))
                .directory(folder.work().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(launch.environment());
        Process process = builder.start();
        ContainerProcess container = new ContainerProcess(process, Instant.now());
        Files.writeString(
                folder.process(),
                ProcessIdentity.of("container", process.toHandle()).line());
        return container;
    }

    /** The session's starter would report a missing program as an end of the container. */
    private static void requireProgram(PodLaunch launch, PodFolder folder) throws IOException {
        String program = launch.command().getFirst();
        Stream<Path> places = program.contains("/")
                ? Stream.of(folder.work())
                : Stream.of(launch.environment().getOrDefault("PATH", "").split(":", -1))
                        .map(Path::of);
        if (places.noneMatch(place -> Files.isExecutable(place.resolve(program)))) {
            throw new NoSuchFileException(program, null, "no such program on this machine");
        }
    }

    /** Kills what an earlier stand-in has started for a pod and what still runs. */
    static void killLeftover(PodFolder folder) throws IOException {
        if (Files.exists(folder.process())) {
            Optional<ProcessHandle> leftover =
                    ProcessIdentity.parse(Files.readString(folder.process())).running();
            if (leftover.isPresent()) {
                OwnSession.killGroup(leftover.get());
            }
        }
    }

    /** Does that for all pods of all nodes of a control plane. */
    static void killLeftovers(Path controlPlane) throws IOException {
        if (!Files.exists(controlPlane)) {
            return;
        }
        try (DirectoryStream<Path> nodes = Files.newDirectoryStream(controlPlane, "node-*")) {
            for (Path node : nodes) {
                Path pods = node.resolve("pods");
                if (Files.isDirectory(pods)) {
                    try (DirectoryStream<Path> folders = Files.newDirectoryStream(pods)) {
                        for (Path pod : folders) {
                            killLeftover(new PodFolder(pod));
                        }
                    }
                }
            }
        }
    }

    Instant started() {
        return started;
    }

    /** Waits for its end; false when the time is over first. */
    boolean awaitEnd(Duration time) throws InterruptedException {
        return process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Its exit code, once it has ended: 128 and the signal's number when a signal ended it. Kills what it left behind.
     */
    int end() throws IOException, InterruptedException {
        int exitCode = process.waitFor();
        OwnSession.killGroup(process.toHandle());
        return exitCode;
    }

    /** Sends SIGTERM, and SIGKILL when it still runs after the grace period; returns at once. */
    synchronized void stop(Duration grace) {
        if (!stopping) {
            stopping = true;
            process.destroy();
        }
        Thread.startVirtualThread(() -> {
            try {
                if (!awaitEnd(grace)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        });
    }
}
