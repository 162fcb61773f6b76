package dev.phaselock.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that may outlive the one that started it, told apart by its start from a later process with the same id.
 *
 * @param name what it is, one word
 * @param pid its process id
 * @param started when it began; the epoch where the system does not say
 */
record ProcessIdentity(String name, long pid, Instant started) {
    // The system derives the start from the time since boot, so a corrected clock moves it.
    private static final Duration CLOCK_CORRECTION = Duration.ofSeconds(2);

    static ProcessIdentity of(String name, ProcessHandle process) {
        return new ProcessIdentity(name, process.pid(), startOf(process));
    }

    /** The process, while it runs. */
    Optional<ProcessHandle> running() {
        return ProcessHandle.of(pid)
                .filter(process ->
                        Duration.between(started, startOf(process)).abs().compareTo(CLOCK_CORRECTION) <= 0)
                .filter(ProcessHandle::isAlive)
                .filter(process -> !isZombie(process.pid()));
    }

    /** One line, as {@link #parse} reads it. */
    String line() {
        return name + " " + pid + " " + started;
    }

    /** @throws IllegalArgumentException when the line is not one of {@link #line} */
    static ProcessIdentity parse(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 3) {
            throw new IllegalArgumentException("Not a name, a process id and a time: " + line);
        }
        return new ProcessIdentity(words[0], Long.parseLong(words[1]), Instant.parse(words[2]));
    }

    /** Ended, but its parent has not asked how: in some containers nobody does, or only after seconds. Linux only. */
    private static boolean isZombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            // The state follows the command, which is in parentheses and may hold any character.
            return stat.startsWith(") Z", stat.lastIndexOf(')'));
        } catch (IOException _) {
            return false;
        }
    }

    private static Instant startOf(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }
}
