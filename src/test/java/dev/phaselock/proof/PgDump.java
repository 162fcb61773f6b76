package dev.phaselock.proof;

import dev.phaselock.postgres.PgDatabase;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The schema as pg_dump writes it, where one is installed that is not older than the server: it refuses newer ones. The
 * servers of the tests come without it.
 */
final class PgDump {
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");

    /** By major version. */
    private static final NavigableMap<Integer, Path> CLIENTS = find();

    static {
        System.out.println(
                CLIENTS.isEmpty()
                        ? "There is no pg_dump: schemas are compared by the catalogs alone"
                        : "pg_dump " + CLIENTS.lastKey() + ": dumps are compared too, of servers up to that version");
    }

    private PgDump() {}

    /** Without comments of its own and settings; empty where no client fits. */
    static Optional<String> of(PgDatabase database) {
        Map.Entry<Integer, Path> client = CLIENTS.ceilingEntry(database.server().major());
        if (client == null) {
            return Optional.empty();
        }
        ProcessBuilder dump =
                new ProcessBuilder(client.getValue().toString(), "--schema-only", "--dbname", uri(database));
        dump.environment().put("PGPASSWORD", database.server().superuser().password());
        return Optional.of(run(dump)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("--") && !line.startsWith("SET "))
                // Tokens of its own, another one each time.
                .filter(line -> !line.startsWith("\\restrict") && !line.startsWith("\\unrestrict"))
                .collect(Collectors.joining("\n")));
    }

    private static String uri(PgDatabase database) {
        return "postgresql://" + database.server().superuser().name() + "@127.0.0.1:"
                + database.server().port() + "/" + database.name();
    }

    private static NavigableMap<Integer, Path> find() {
        List<Path> folders = new ArrayList<>();
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            folders.add(Path.of(folder));
        }
        Path packages = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(packages)) {
            try (Stream<Path> versions = Files.list(packages)) {
                versions.map(version -> version.resolve("bin")).forEach(folders::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        NavigableMap<Integer, Path> clients = new TreeMap<>();
        for (Path folder : folders) {
            Path client = folder.resolve("pg_dump");
            if (Files.isExecutable(client)) {
                Matcher version = VERSION.matcher(run(new ProcessBuilder(client.toString(), "--version")));
                if (version.find()) {
                    clients.putIfAbsent(Integer.parseInt(version.group(1)), client);
                }
            }
        }
        return clients;
    }

    private static String run(ProcessBuilder command) {
        try {
            Process process = command.redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command.command().getFirst() + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
