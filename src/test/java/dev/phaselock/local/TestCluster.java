package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One real control plane with a stand-in node for all tests of a JVM, started when first asked for and ended with the
 * JVM. Use a namespace of your own ({@link #namespace}). A container without a command runs Phaselock's {@code main} of
 * the class path under test.
 */
public final class TestCluster {
    private static final Path RUNNING = Path.of("target", "test-clusters");
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final AtomicInteger STARTED = new AtomicInteger();

    private static @Nullable LocalCluster cluster;
    private static @Nullable KubernetesClient client;

    private TestCluster() {}

    /** The cluster. */
    public static synchronized LocalCluster get() {
        if (cluster == null) {
            try {
                cluster = startOwn(entrypoint());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return cluster;
    }

    /**
     * Another one, for tests that run an operator on all of it; it ends with the JVM, too.
     *
     * @param entrypoint what a container without a command runs
     */
    public static synchronized LocalCluster startOwn(List<String> entrypoint) throws IOException {
        if (STARTED.getAndIncrement() == 0) {
            endThoseOfDeadJvms();
        }
        Path folder = RUNNING.resolve(ProcessHandle.current().pid() + "-" + STARTED.get());
        return LocalCluster.start(binaries(), folder, entrypoint).endWithThisJvm();
    }

    /** The administrator's client, shared: do not close it. */
    public static synchronized KubernetesClient client() {
        if (client == null) {
            try {
                client = get().newClient();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return client;
    }

    /** A new namespace in which pods can be made. */
    public static String namespace() {
        String name = "test-" + NAMESPACES.incrementAndGet();
        client().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        await().atMost(60, SECONDS)
                .until(() -> client().serviceAccounts()
                                .inNamespace(name)
                                .withName("default")
                                .get()
                        != null);
        return name;
    }

    /** The programs, built when they are not there yet. */
    public static KubernetesBinaries binaries() {
        try {
            return KubernetesBinaries.build(Path.of("cluster", "build"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> entrypoint() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.phaselock.cli.Main");
    }

    /** A JVM that was killed leaves its cluster running: the next one ends it. */
    private static void endThoseOfDeadJvms() throws IOException {
        Files.createDirectories(RUNNING);
        try (Stream<Path> folders = Files.list(RUNNING)) {
            for (Path folder : folders.toList()) {
                long owner = Long.parseLong(folder.getFileName().toString().split("-", 2)[0]);
                if (ProcessHandle.of(owner).isEmpty()) {
                    ControlPlane.deleteFolderAndProcesses(folder);
                }
            }
        }
    }
}
