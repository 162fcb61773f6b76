package dev.phaselock.cli;

import dev.phaselock.local.LocalPostgres;
import dev.phaselock.local.PostgresBinaries;
import dev.phaselock.plan.PhaseRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How soon a phase begins: records the JVM's AOT cache for it (as {@code ./phaselock} does after a build), and measures from the start of the
 * process to the first SQL statement in the server's log ({@code ./phaselock bench runner-start}).
 */
final class RunnerStart {
    private static final int RECORD_SECONDS = 120;
    private static final int RUN_SECONDS = 30;

    private final Home home;
    private final Path folder;

    private RunnerStart(Home home, Path folder) {
        this.home = home;
        this.folder = folder;
    }

    /**
     * Records or measures.
     *
     * @param args {@code record}; or {@code measure} and how many times
     */
    public static void main(String[] args) throws IOException, InterruptedException, SQLException {
        Path folder = Files.createTempDirectory("phaselock-start");
        // Also on Ctrl-C.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        RunnerStart start = new RunnerStart(Home.find(), folder);
        if (args[0].equals("record")) {
            start.record();
        } else {
            start.measure(Integer.parseInt(args[1]));
        }
    }

    private static void delete(Path folder) {
        try {
            LocalPostgres.deleteFolderAndServer(folder.resolve("postgres"));
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException e) {
            System.err.println("phaselock: not everything was ended: " + e.getMessage());
        }
    }

    private void record() throws IOException, InterruptedException {
        try {
            startDatabase();
        } catch (IOException | SQLException | RuntimeException e) {
            // The cache then lacks the driver's classes, and is good for the rest.
            System.err.println("phaselock: records the start of a phase without a database: " + e.getMessage());
        }
        Path cache = home.aotCache();
        Path recorded = cache.resolveSibling(
                cache.getFileName() + "." + ProcessHandle.current().pid());
        Path log = folder.resolve("record.log");
        Process process = new ProcessBuilder(
                        home.runner(List.of("-XX:AOTCacheOutput=" + recorded), RunnerTraining.class, folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(RECORD_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        if (!ended || process.exitValue() != 0 || !Files.exists(recorded)) {
            Files.deleteIfExists(recorded);
            throw new IOException("no AOT cache was recorded:\n" + Files.readString(log));
        }
        Files.move(recorded, cache, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private void measure(int runs) throws IOException, InterruptedException, SQLException {
        LocalPostgres postgres = startDatabase();
        List<String> plain = home.runner(List.of(), Main.class, "phase");
        List<String> cached = home.runner(home.cached(), Main.class, "phase");
        if (plain.equals(cached)) {
            throw new IllegalStateException(home.aotCache() + " is missing: ./phaselock records it after a build");
        }
        System.out.printf(
                Locale.ROOT,
                "Process start to first SQL statement over TCP and SCRAM, without and with TLS, milliseconds, %d runs each, in turn%n",
                runs);
        for (String phase : List.of("1-apply", PhaseRequest.PREFLIGHT)) {
            Map<String, List<Long>> times = new LinkedHashMap<>();
            for (int run = 0; run < runs; run++) {
                for (String secret : List.of("plain", "secret")) {
                    String what = phase + (secret.equals("secret") ? ", TLS" : "");
                    times.computeIfAbsent(what + ", no cache", _ -> new ArrayList<>())
                            .add(firstStatement(postgres, plain, phase, secret));
                    times.computeIfAbsent(what + ", AOT cache", _ -> new ArrayList<>())
                            .add(firstStatement(postgres, cached, phase, secret));
                }
            }
            times.forEach(RunnerStart::print);
        }
    }

    private static void print(String what, List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "%-27s median %4d   min %4d   max %4d%n",
                what,
                (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2,
                sorted.getFirst(),
                sorted.getLast());
    }

    /** Milliseconds. The plan's hash is not the one of the tables, so that each run ends before it changes something. */
    private long firstStatement(LocalPostgres postgres, List<String> command, String phase, String secret)
            throws IOException, InterruptedException {
        long before = Files.size(postgres.log());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("errors").toFile());
        builder.environment()
                .putAll(RunnerTraining.environment(
                        folder, folder.resolve(secret), RunnerTraining.request(phase, "another")));
        Instant started = Instant.now();
        Process process = builder.start();
        if (!process.waitFor(RUN_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("a phase did not end");
        }
        String log = new String(Files.readAllBytes(postgres.log()), java.nio.charset.StandardCharsets.UTF_8);
        Optional<BigDecimal> first = log.substring((int) before)
                .lines()
                .filter(line -> line.contains("phaselock/" + RunnerTraining.CHANGE))
                .filter(line -> line.contains(" statement: ") || line.contains(" execute "))
                .map(line -> new BigDecimal(line.substring(0, line.indexOf(' '))))
                .findFirst();
        if (first.isEmpty()) {
            throw new IOException("a phase sent no statement: " + Files.readString(folder.resolve("errors"))
                    + Files.readString(folder.resolve("result")));
        }
        return first.get().movePointRight(3).longValue() - started.toEpochMilli();
    }

    private LocalPostgres startDatabase() throws IOException, SQLException, InterruptedException {
        LocalPostgres postgres = LocalPostgres.start(
                PostgresBinaries.unpack(home.postgres()),
                folder.resolve("postgres"),
                new LocalPostgres.Options(
                        false, new HashMap<>(Map.of("log_statement", "all", "log_line_prefix", "%n %a "))));
        try (Connection connection = DriverManager.getConnection(
                        postgres.jdbcUrl("postgres"), LocalPostgres.SUPERUSER, postgres.password());
                Statement statement = connection.createStatement()) {
            Shop.create(statement, 1_000, 100);
        }
        String url = postgres.url(LocalPostgres.SUPERUSER, postgres.password(), "postgres");
        TrainingDatabase.writeTlsSecret(postgres, url, folder.resolve("secret"));
        TrainingDatabase.writeSecret(url, folder.resolve("plain"));
        return postgres;
    }
}
