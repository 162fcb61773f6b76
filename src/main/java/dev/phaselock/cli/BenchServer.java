package dev.phaselock.cli;

import dev.phaselock.bench.LockBench;
import dev.phaselock.local.LocalPostgres;
import dev.phaselock.local.PostgresBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A PostgreSQL server of a benchmark's own, in a temporary folder. It ends with the JVM at the latest, also on Ctrl-C. */
final class BenchServer implements AutoCloseable {
    private final Path folder;
    private final LocalPostgres postgres;

    private BenchServer(Path folder, LocalPostgres postgres) {
        this.folder = folder;
        this.postgres = postgres;
    }

    /** @param binaries the jar of a version */
    static BenchServer start(Path binaries) throws IOException {
        Path folder = Files.createTempDirectory("phaselock-bench");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        return new BenchServer(
                folder,
                LocalPostgres.start(
                        PostgresBinaries.unpack(binaries),
                        folder.resolve("postgres"),
                        // No commit waits for the disk: what is measured is who waits for whom.
                        new LocalPostgres.Options(
                                false,
                                Map.of(
                                        "max_locks_per_transaction", "256",
                                        "shared_buffers", "256MB",
                                        "max_wal_size", "8GB",
                                        "checkpoint_timeout", "1h"))));
    }

    LockBench.Database database() {
        String user = LocalPostgres.SUPERUSER;
        return new LockBench.Database(
                postgres.jdbcUrl("postgres") + "?user=" + user + "&password=" + postgres.password(),
                postgres.url(user, postgres.password(), "postgres"));
    }

    @Override
    public void close() {
        delete(folder);
    }

    private static void delete(Path folder) {
        try {
            LocalPostgres.deleteFolderAndServer(folder.resolve("postgres"));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            System.err.println("phaselock: not everything was ended: " + e.getMessage());
        }
    }
}
