package dev.phaselock.node;

import dev.phaselock.local.KubernetesBinaries;
import dev.phaselock.local.RealCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Clusters with a real node, ended and deleted with the JVM. */
final class TestNode {
    private static final Path BUILD = Path.of("cluster", "build");
    private static final Path RUNNING = Path.of("target", "test-nodes");
    private static final AtomicInteger STARTED = new AtomicInteger();

    private TestNode() {}

    /** A new one. */
    static synchronized RealCluster start() throws IOException {
        if (STARTED.getAndIncrement() == 0) {
            endThoseOfDeadJvms();
        }
        Path folder = RUNNING.resolve(ProcessHandle.current().pid() + "-" + STARTED.get())
                .toAbsolutePath();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(folder), "end-node"));
        return RealCluster.start(KubernetesBinaries.build(BUILD), KubernetesBinaries.buildNode(BUILD), folder);
    }

    private static void end(Path folder) {
        try {
            RealCluster.delete(folder);
        } catch (IOException e) {
            System.err.println("The cluster in " + folder + " was not ended: " + e.getMessage());
        }
    }

    /** A JVM that was killed leaves its cluster running: the next one ends it. */
    private static void endThoseOfDeadJvms() throws IOException {
        Files.createDirectories(RUNNING);
        try (Stream<Path> folders = Files.list(RUNNING)) {
            for (Path folder : folders.toList()) {
                long owner = Long.parseLong(folder.getFileName().toString().split("-", 2)[0]);
                if (ProcessHandle.of(owner).isEmpty()) {
                    RealCluster.delete(folder.toAbsolutePath());
                }
            }
        }
    }
}
