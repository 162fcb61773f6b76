package dev.phaselock.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Processes that go on when this one ends, written down in a file so that another process finds and ends them. They are
 * ended by their handles and only when they are still the ones that were started.
 */
public final class ProcessLedger {
    private static final Duration KILLED = Duration.ofSeconds(10);

    private final Path file;

    /** @param file one line per process; need not exist */
    public ProcessLedger(Path file) {
        this.file = file.toAbsolutePath();
    }

    /**
     * Starts a process in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it, and writes it
     * down.
     *
     * @param name what it is, one word, unique in the ledger
     * @param environment all of its environment
     * @param log its output, appended
     */
    public synchronized ProcessHandle start(
            String name, List<String> command, Map<String, String> environment, Path directory, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(OwnSession.command(command))
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        ProcessHandle process = builder.start().toHandle();
        List<ProcessIdentity> all = new ArrayList<>(read());
        all.removeIf(old -> old.name().equals(name));
        all.add(ProcessIdentity.of(name, process));
        write(all);
        return process;
    }

    /** The process of that name, while it runs. */
    public Optional<ProcessHandle> running(String name) throws IOException {
        return read().stream()
                .filter(process -> process.name().equals(name))
                .findFirst()
                .flatMap(ProcessIdentity::running);
    }

    /** Whether any of them runs. */
    public boolean anyRunning() throws IOException {
        return read().stream().anyMatch(process -> process.running().isPresent());
    }

    /**
     * Ends the processes of these names, all told so at once: SIGTERM, and SIGKILL for those that still run after the
     * grace period.
     *
     * @throws IOException when a process does not end even then
     */
    public synchronized void end(Predicate<String> names, Duration grace) throws IOException {
        List<ProcessIdentity> all = read();
        List<ProcessIdentity> ending =
                all.stream().filter(process -> names.test(process.name())).toList();
        signal(ending, ProcessHandle::destroy);
        Await.until(grace, () -> noneRuns(ending));
        signal(ending, ProcessHandle::destroyForcibly);
        if (!Await.until(KILLED, () -> noneRuns(ending))) {
            throw new IOException("Processes of " + file + " do not end");
        }
        List<ProcessIdentity> left =
                all.stream().filter(process -> !names.test(process.name())).toList();
        if (left.isEmpty()) {
            Files.deleteIfExists(file);
        } else {
            write(left);
        }
    }

    private static void signal(List<ProcessIdentity> processes, Consumer<ProcessHandle> signal) {
        processes.forEach(process -> process.running().ifPresent(signal));
    }

    private static boolean noneRuns(List<ProcessIdentity> processes) {
        return processes.stream().noneMatch(process -> process.running().isPresent());
    }

    private List<ProcessIdentity> read() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(ProcessIdentity::parse).toList();
        }
    }

    private void write(List<ProcessIdentity> processes) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, processes.stream().map(ProcessIdentity::line).toList());
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
