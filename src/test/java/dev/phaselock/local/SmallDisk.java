package dev.phaselock.local;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A disk of some megabytes that a server sees and nobody else: memory, mounted in a namespace of the server's own, which
 * needs user namespaces and no root. It is there as long as the server runs.
 */
public final class SmallDisk {
    private final Path folder;
    private final int megabytes;
    private long postmaster;

    /** @param folder where the disk is mounted; nothing else is in it */
    public SmallDisk(Path folder, int megabytes) {
        this.folder = folder.toAbsolutePath();
        this.megabytes = megabytes;
    }

    /** Where the server finds it, for a tablespace. */
    public Path folder() {
        return folder;
    }

    /** Starts a server that sees it. */
    public LocalPostgres start(PostgresBinaries binaries, Path directory, LocalPostgres.Options options)
            throws IOException {
        Path home = Files.createTempDirectory("phaselock-disk-");
        Path programs = Files.createDirectory(home.resolve("bin"));
        // The inner namespace is the one of ServerAccount: the server does not want to be root.
        write(programs.resolve("initdb"), "exec unshare -U -- '" + binaries.program("initdb") + "' \"$@\"");
        write(
                programs.resolve("pg_ctl"),
                "[ \"$1\" = start ] || exec unshare -U -- '" + binaries.program("pg_ctl") + "' \"$@\"",
                "mount='mount -t tmpfs -o mode=0700,size=" + megabytes + "m tmpfs " + folder + "'",
                "exec unshare -r -m -- sh -c \"$mount && exec unshare -U -- \\\"\\$@\\\"\" sh '"
                        + binaries.program("pg_ctl") + "' \"$@\"");
        try {
            LocalPostgres server =
                    LocalPostgres.start(new PostgresBinaries(home), directory, options, ServerAccount.OURSELVES);
            postmaster = server.pid().orElseThrow();
            return server;
        } catch (IOException e) {
            return fail("A server with a disk of its own takes user namespaces (unshare -r -m, of util-linux): "
                    + e.getMessage());
        }
    }

    /** Takes all that is left of it. */
    public void fill() {
        byte[] block = new byte[1 << 16];
        for (int size = block.length; size > 0; size /= 2) {
            try (OutputStream filler =
                    Files.newOutputStream(filler(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                while (true) {
                    filler.write(block, 0, size);
                }
            } catch (IOException _) {
                // No room for that many bytes.
            }
        }
    }

    /** Gives it back. */
    public void makeRoom() throws IOException {
        Files.deleteIfExists(filler());
    }

    /** As it is seen from here: by way of the server's namespace. */
    private Path filler() {
        return Path.of("/proc", Long.toString(postmaster), "root")
                .resolve(Path.of("/").relativize(folder))
                .resolve("filler");
    }

    private static void write(Path file, String... lines) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", List.of(lines)) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
