package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts commands in a session and process group of their own, by {@code setsid} of util-linux where there is one:
 * signals of the terminal do not reach them, and all that they leave behind can be ended as a group.
 */
final class OwnSession {
    private static final Optional<Path> SETSID = List.of("/usr/bin/setsid", "/bin/setsid").stream()
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();

    private OwnSession() {}

    /** The command that starts the given one; its process has the id that the starter sees. */
    static List<String> command(List<String> command) {
        List<String> words = new ArrayList<>();
        SETSID.ifPresent(setsid -> words.add(setsid.toString()));
        words.addAll(command);
        return List.copyOf(words);
    }

    /**
     * Kills what a command has started and left behind. Without {@code setsid} only its living descendants are found.
     *
     * @param leader the process of {@link #command}, running or ended
     */
    static void killGroup(ProcessHandle leader) throws IOException {
        if (SETSID.isEmpty()) {
            leader.descendants().forEach(ProcessHandle::destroyForcibly);
            leader.destroyForcibly();
            return;
        }
        // The shell's own kill, for a program of that name is not everywhere. Fails when nobody is left in the group.
        new ProcessBuilder("/bin/sh", "-c", "kill -s KILL -- -" + leader.pid())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .onExit()
                .join();
    }
}
