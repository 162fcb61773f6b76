package dev.phaselock.cli;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records the image's two AOT caches with the image's own JVM and jars, on the way of one change from {@code kubectl
 * apply} to Ready: the operator in the local cluster, and the runner on its database.
 *
 * <p>A cache is good for one build of the JVM and for jars of the same names, sizes and times of change. The folder that
 * they stand in may be another (JDK-8279366: the longest common part of the paths does not count), so that the image's
 * file system can be anywhere while it is recorded.
 */
final class ImageCaches {
    private static final String OPTIONS = "opt/phaselock/%s.options";
    private static final String CACHE = "opt/phaselock/aot/%s.aot";
    private static final Pattern CLASS_PATH_ENTRY = Pattern.compile("(^|:)/opt/");
    private static final int RECORD_SECONDS = 180;
    private static final int READY_SECONDS = 90;

    private final Path root;
    private final Path folder;

    private ImageCaches(Path root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    /**
     * Records both.
     *
     * @param args the folder with the image's files, laid out as in the image
     */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("phaselock-image");
        Path playground = folder.resolve("playground");
        // Also on Ctrl-C.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(playground, folder)));
        var caches = new ImageCaches(Path.of(args[0]).toAbsolutePath(), folder);
        Files.createDirectories(caches.cache("runner").getParent());
        try {
            caches.record(Playground.start(
                    Home.find(),
                    playground,
                    caches.command("operator", List.of()),
                    what -> System.err.println("phaselock: " + what)));
        } catch (IOException | SQLException | InterruptedException | RuntimeException e) {
            System.err.println("phaselock: " + e.getMessage());
            System.exit(1);
        }
        // Clients of the API server leave threads behind.
        System.exit(0);
    }

    private static void delete(Path playground, Path folder) {
        try {
            Playground.stop(playground);
            try (var files = Files.walk(folder)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException e) {
            System.err.println("phaselock: not everything was ended: " + e.getMessage());
        }
    }

    private void record(Playground playground) throws IOException, SQLException, InterruptedException {
        try (Connection connection = DriverManager.getConnection(playground.jdbcUrl());
                Statement statement = connection.createStatement()) {
            Shop.create(statement, 1_000, 100);
            System.err.println("phaselock: records the start of a phase");
            recordRunner(playground);
            statement.execute("ALTER TABLE orders DROP CONSTRAINT orders_customer_fk");
        }
        System.err.println("phaselock: records the operator");
        change(playground);
        ProcessHandle operator = playground.operator().orElseThrow(() -> new IOException("the operator has ended"));
        // The JVM writes its cache as it ends.
        operator.destroy();
        await(operator);
        check("operator", playground.operatorLog());
    }

    private void recordRunner(Playground playground) throws IOException, SQLException, InterruptedException {
        playground.writeTlsSecret(folder.resolve("secret"));
        Path log = folder.resolve("runner.log");
        Process process = new ProcessBuilder(
                        command("runner", List.of(RunnerTraining.class.getName(), folder.toString())))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        await(process.toHandle());
        check("runner", log);
    }

    /** A change comes, is carried out and gets Ready. */
    private static void change(Playground playground) throws IOException {
        try (KubernetesClient client = playground.newClient();
                InputStream manifest = Files.newInputStream(Home.find().resolve("examples/orders-customer-fk.yaml"))) {
            SchemaChange change = client.resources(SchemaChange.class)
                    .inNamespace("default")
                    .load(manifest)
                    .create();
            client.resource(change).waitUntilCondition(Playground::isReady, READY_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** As the image starts it, but for where its files are, and recording instead of using. */
    private List<String> command(String name, List<String> arguments) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(root.resolve("opt/java/bin/java").toString());
        words.addAll(recording(cache(name)));
        for (String line : Files.readAllLines(root.resolve(OPTIONS.formatted(name)))) {
            if (!line.startsWith("-XX:AOTCache=") && !line.startsWith("-Xlog:aot")) {
                words.add(CLASS_PATH_ENTRY.matcher(line).replaceAll("$1" + Matcher.quoteReplacement(root + "/opt/")));
            }
        }
        words.addAll(arguments);
        return words;
    }

    /**
     * The options of a JVM that records a cache without machine code and without profiles.
     *
     * <p>JDK 25 also keeps machine code, made for the processor that it is recorded on, and checks nothing when it uses it:
     * one without AVX-512 would die of that of one with it (JDK-8364584 tells of the check to come). Profiles (JEP 515) are of
     * use to the second compiler, which no process of ours has, and take 2 MiB of each.
     */
    static List<String> recording(Path cache) {
        return List.of(
                "-XX:AOTCacheOutput=" + cache,
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-AOTAdapterCaching",
                "-XX:-AOTStubCaching",
                "-XX:-AOTRecordTraining");
    }

    private Path cache(String name) {
        return root.resolve(CACHE.formatted(name));
    }

    private static void await(ProcessHandle process) throws IOException {
        try {
            process.onExit().get(RECORD_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (java.util.concurrent.TimeoutException | java.util.concurrent.ExecutionException e) {
            process.destroyForcibly();
            throw new IOException("a JVM that records its AOT cache does not end", e);
        }
    }

    private void check(String name, Path log) throws IOException {
        if (!Files.exists(cache(name))) {
            throw new IOException("no AOT cache was recorded for the " + name + ":\n" + Files.readString(log));
        }
    }
}
