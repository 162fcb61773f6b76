package dev.phaselock.local;

import dev.phaselock.local.LocalPostgres.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A primary and a hot standby that streams from it.
 *
 * @param primary may be written to
 * @param standby has the same roles, passwords and databases
 */
public record ReplicatedPostgres(LocalPostgres primary, LocalPostgres standby) {
    /**
     * Makes a server's standby from a copy of it.
     *
     * @param server ended for it, and started again on another port
     * @param copy where the standby's files go; not there yet
     * @throws IOException when it cannot be copied, or one of the two does not start
     */
    public static ReplicatedPostgres of(LocalPostgres server, PostgresBinaries binaries, Path copy, Options options)
            throws IOException {
        Path folder = server.log().getParent();
        server.stop();
        copy(folder, copy);
        Files.createFile(copy.resolve("data").resolve("standby.signal"));
        LocalPostgres primary = LocalPostgres.start(binaries, folder, options);
        Map<String, String> settings = new TreeMap<>(options.settings());
        settings.put(
                "primary_conninfo",
                "host=127.0.0.1 port=" + primary.port() + " user=" + LocalPostgres.SUPERUSER + " password="
                        + primary.password());
        return new ReplicatedPostgres(
                primary, LocalPostgres.start(binaries, copy, new Options(options.durable(), settings)));
    }

    /** With the owner and the permissions of its files, which the server checks. */
    private static void copy(Path folder, Path copy) throws IOException {
        try {
            int exitCode = new ProcessBuilder("cp", "-a", folder.toString(), copy.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exitCode != 0) {
                throw new IOException(folder + " could not be copied to " + copy);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + folder + " was copied", e);
        }
    }
}
