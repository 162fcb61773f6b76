package dev.phaselock.local;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * As whom PostgreSQL's programs run. They refuse root (initdb and postgres look at the effective user), so as root they
 * run in a user namespace in which root is nobody, or, where the system allows no user namespaces (a container, mostly),
 * as the user {@code nobody}.
 */
enum ServerAccount {
    /** As the user who runs Phaselock, who is not root. */
    OURSELVES,
    /** As root in a user namespace of its own: its files belong to root. */
    NAMESPACE,
    /** As {@code nobody}, who has to reach the programs and the data. */
    NOBODY;

    /**
     * The first that works here.
     *
     * @throws IOException when none does; the message says what is missing
     */
    static ServerAccount find() throws IOException {
        return available().stream()
                .findFirst()
                .orElseThrow(() -> new IOException("PostgreSQL does not run as root, and here it can neither be given a"
                        + " user namespace (unshare -U) nor run as nobody (runuser -u nobody)."
                        + " Install util-linux, or start Phaselock as another user than root."));
    }

    /** Those that work here, the best first. */
    static List<ServerAccount> available() {
        if (new UnixSystem().getUid() != 0) {
            return List.of(OURSELVES);
        }
        return List.of(NAMESPACE, NOBODY).stream().filter(ServerAccount::works).toList();
    }

    /** The command line that runs a program as this account. */
    List<String> command(Path program, List<String> arguments) {
        List<String> command = new ArrayList<>(
                switch (this) {
                    case OURSELVES -> List.of();
                    case NAMESPACE -> List.of("unshare", "-U", "--");
                    case NOBODY -> List.of("runuser", "-u", "nobody", "--");
                });
        command.add(program.toString());
        command.addAll(arguments);
        return command;
    }

    /** Gives a file or folder of ours to this account. */
    void own(Path path) throws IOException {
        if (this == NOBODY) {
            Files.setOwner(
                    path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        }
    }

    /** Says what may be wrong when a program does not start. */
    String hint() {
        return this == NOBODY
                ? " (It ran as nobody, who must be able to reach its programs and its data: folders under /root are out"
                        + " of reach.)"
                : "";
    }

    private boolean works() {
        try {
            Process process = new ProcessBuilder(command(Path.of("id"), List.of("-un")))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(10, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            // The program is not installed.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
