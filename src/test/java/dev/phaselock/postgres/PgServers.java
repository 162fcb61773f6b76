package dev.phaselock.postgres;

import dev.phaselock.local.LocalPostgres;
import dev.phaselock.local.PostgresBinaries;
import dev.phaselock.local.ReplicatedPostgres;
import dev.phaselock.local.SmallDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * One real PostgreSQL server of each major version for all tests of a JVM, started when first asked for and ended with
 * the JVM. Use a database of your own ({@link PgServer#newDatabase()}), which {@link DatabasesOfATest} drops; roles and
 * settings are shared.
 *
 * <p>{@code @ParameterizedTest @MethodSource("dev.phaselock.postgres.PgServers#all")} runs a test on every version.
 */
public final class PgServers {
    private static final Map<Integer, String> VERSIONS = new TreeMap<>(
            Map.of(13, "13.23.0", 14, "14.24.0", 15, "15.19.0", 16, "16.15.0", 17, "17.11.0", 18, "18.6.0"));
    private static final Path BINARIES = Path.of("target", "postgres");
    /** Six servers with their logs of writes, and the largest tables that tests make. */
    private static final long ENOUGH = 6L << 30;

    private static final Path RUNNING = running();
    private static final LocalPostgres.Options OPTIONS = new LocalPostgres.Options(
            false,
            // With its data: of a server that is killed nothing is left elsewhere.
            Map.of("max_prepared_transactions", "10", "max_wal_size", "256MB", "dynamic_shared_memory_type", "mmap"));
    private static final Map<Integer, PgServer> SERVERS = new TreeMap<>();

    private static final Queue<PgServer> OWN = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger STARTED = new AtomicInteger();

    private PgServers() {}

    /**
     * In memory where there is enough: a database has a thousand files, and to make one took up to a millisecond on a disk.
     * Made so, one takes 12 to 30 ms instead of 250.
     */
    private static Path running() {
        Path memory = Path.of("/dev/shm");
        Path target = Path.of("target").toAbsolutePath();
        try {
            return Files.getFileStore(memory).getUsableSpace() >= ENOUGH
                    ? memory.resolve("phaselock-" + Integer.toHexString(target.hashCode()))
                    : target.resolve("postgres-servers");
        } catch (IOException e) {
            return target.resolve("postgres-servers");
        }
    }

    /** All supported versions, 13 first; each is started when the stream reaches it. */
    public static Stream<PgServer> all() {
        return VERSIONS.keySet().stream().map(PgServers::of);
    }

    /** The versions from one to another, both included. */
    public static Stream<PgServer> between(int first, int last) {
        return VERSIONS.keySet().stream()
                .filter(major -> major >= first && major <= last)
                .map(PgServers::of);
    }

    public static PgServer newest() {
        return of(18);
    }

    /** The server of a major version, 13 to 18. */
    public static PgServer of(int major) {
        synchronized (SERVERS) {
            return SERVERS.computeIfAbsent(major, PgServers::start);
        }
    }

    /** The servers that tests share and that were started, by their major version. */
    static Map<Integer, PgServer> started() {
        synchronized (SERVERS) {
            return new TreeMap<>(SERVERS);
        }
    }

    /** The programs of a major version, for tests that start a server with settings of their own. */
    public static PostgresBinaries binaries(int major) {
        try {
            return PostgresBinaries.unpack(BINARIES.resolve(VERSIONS.get(major) + ".jar"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server for one test, which may change it as it likes and ends it by {@code local().delete()}. */
    public static PgServer startOwn(int major) {
        PgServer server = start(major);
        OWN.add(server);
        return server;
    }

    /** The same, with a disk of its own beside its data. */
    public static PgServer startOwn(int major, SmallDisk disk) {
        try {
            Path folder = RUNNING.resolve(
                    ProcessHandle.current().pid() + "-" + STARTED.incrementAndGet() + "-" + major + "-disk");
            PgServer server = new PgServer(major, disk.start(binaries(major), folder, OPTIONS));
            OWN.add(server);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends a server of {@link #startOwn} as {@code pg_ctl stop -m immediate} does: no session gets a good-bye. */
    public static void crash(PgServer server) {
        quit(server).orElseThrow().onExit().join();
    }

    /** Ends a server of {@link #startOwn} as a machine that loses its power does: each of its processes by SIGKILL. */
    public static void kill(PgServer server) {
        try {
            ProcessHandle postmaster =
                    server.local().pid().flatMap(ProcessHandle::of).orElseThrow();
            List<ProcessHandle> all = new ArrayList<>(List.of(postmaster));
            all.addAll(postmaster.descendants().toList());
            all.forEach(ProcessHandle::destroyForcibly);
            all.forEach(process -> process.onExit().join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A standby that streams from a server of {@link #startOwn}, which is restarted for it, on another port. Both are ended
     * by {@code local().delete()}.
     */
    public static Replicated startReplicated(PgServer server) {
        try {
            Path folder = server.local().log().getParent();
            ReplicatedPostgres both = ReplicatedPostgres.of(
                    server.local(),
                    binaries(server.major()),
                    folder.resolveSibling(folder.getFileName() + "-standby"),
                    OPTIONS);
            PgServer primary = new PgServer(server.major(), both.primary());
            PgServer standby = new PgServer(server.major(), both.standby());
            OWN.add(standby);
            return new Replicated(primary, standby);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Two servers, the second a standby of the first. */
    public record Replicated(PgServer primary, PgServer standby) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            standby.local().delete();
            primary.local().delete();
        }
    }

    private static Optional<ProcessHandle> quit(PgServer server) {
        try {
            Optional<ProcessHandle> postmaster = server.local().pid().flatMap(ProcessHandle::of);
            if (postmaster.isPresent()) {
                new ProcessBuilder(
                                "kill", "-QUIT", Long.toString(postmaster.get().pid()))
                        .inheritIO()
                        .start()
                        .waitFor();
            }
            return postmaster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Starts a server of {@link #startOwn} again that was ended; on another port. */
    public static PgServer startAgain(PgServer server) {
        try {
            return new PgServer(
                    server.major(),
                    LocalPostgres.start(
                            binaries(server.major()), server.local().log().getParent(), OPTIONS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PgServer start(int major) {
        try {
            if (STARTED.getAndIncrement() == 0) {
                endThoseOfDeadJvms();
                Runtime.getRuntime().addShutdownHook(new Thread(PgServers::endAll, "end-postgres"));
            }
            Path folder = RUNNING.resolve(ProcessHandle.current().pid() + "-" + STARTED.get() + "-" + major);
            return new PgServer(major, LocalPostgres.start(binaries(major), folder, OPTIONS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * All servers at once, without a checkpoint, and their hundreds of thousands of files by a process that outlives this
     * one: Surefire kills a JVM that does not come to its end in 30 seconds, and then a server would go on.
     */
    private static void endAll() {
        List<PgServer> servers = new ArrayList<>(SERVERS.values());
        servers.addAll(OWN);
        List<ProcessHandle> ending =
                servers.stream().flatMap(server -> quit(server).stream()).toList();
        ending.forEach(postmaster -> postmaster.onExit().join());
        delete(servers.stream().map(server -> server.local().log().getParent()).toList());
    }

    private static void delete(List<Path> folders) {
        List<String> command = new ArrayList<>(List.of("rm", "-rf"));
        folders.forEach(folder -> command.add(folder.toString()));
        try {
            new ProcessBuilder(command).start();
        } catch (IOException e) {
            System.err.println("the files of PostgreSQL servers are left: " + e.getMessage());
        }
    }

    /**
     * A JVM that was killed leaves its servers running: the next one ends them. Of one that ended in order the files may be
     * on their way out still, so who deletes them must not mind that some vanish meanwhile.
     */
    private static void endThoseOfDeadJvms() throws IOException {
        Files.createDirectories(RUNNING);
        List<Path> dead = new ArrayList<>();
        try (Stream<Path> folders = Files.list(RUNNING)) {
            for (Path folder : folders.toList()) {
                long owner = Long.parseLong(folder.getFileName().toString().split("-", 2)[0]);
                if (ProcessHandle.of(owner).isEmpty()) {
                    LocalPostgres.endServer(folder);
                    dead.add(folder);
                }
            }
        }
        delete(dead);
    }
}
