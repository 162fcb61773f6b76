package dev.phaselock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A tool at work in a process of its own, by a script of {@code bench/tools}: it says {@code ready} once it is connected,
 * begins when it gets a line, and says {@code done} or {@code failed SQLSTATE}.
 */
final class ToolProcess implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Process process;
    private final BufferedReader output;

    private ToolProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /**
     * Starts it; returns once it is connected.
     *
     * @param url {@code postgresql://user:password@host:port/database}
     * @param window after which the server ends a statement of a tool that says nothing else
     * @throws IllegalStateException when it does not get so far
     */
    static ToolProcess start(ToolHome home, String script, Ddl ddl, String url, Duration window) {
        URI uri = URI.create(url);
        String login = uri.getUserInfo();
        int colon = login.indexOf(':');
        ProcessBuilder builder = new ProcessBuilder(
                        home.python().toString(),
                        home.scripts().resolve(script).toString(),
                        ddl == Ddl.FOREIGN_KEY ? "foreign-key" : "check")
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .putAll(Map.of(
                        "PGHOST",
                        uri.getHost(),
                        "PGPORT",
                        Integer.toString(uri.getPort()),
                        "PGUSER",
                        login.substring(0, colon),
                        "PGPASSWORD",
                        login.substring(colon + 1),
                        "PGDATABASE",
                        uri.getPath().substring(1),
                        "PGAPPNAME",
                        AttributedWaits.POLICY,
                        "PGOPTIONS",
                        "-c statement_timeout=" + window.toMillis(),
                        "PYTHONDONTWRITEBYTECODE",
                        "1"));
        ToolProcess tool;
        try {
            tool = new ToolProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        tool.endAfter(window.plus(GRACE));
        String word = tool.line();
        if (!word.equals("ready")) {
            tool.close();
            throw new IllegalStateException(script + " does not get ready");
        }
        return tool;
    }

    /** Lets it begin, and waits for its end. */
    Ending run(Duration lead) {
        Pause.of(lead);
        long startedAt = System.nanoTime();
        try {
            Writer input = process.outputWriter();
            input.write("go\n");
            input.flush();
        } catch (IOException e) {
            return Ending.never(0, "broke off");
        }
        String word = line();
        return word.equals("done")
                ? Ending.acquired((System.nanoTime() - startedAt) / 1e6, 1)
                : Ending.never(1, word.isEmpty() ? "broke off" : word.replace("failed ", "failed with SQLSTATE "));
    }

    /** Empty at the process's end. */
    private String line() {
        try {
            return Objects.requireNonNullElse(output.readLine(), "");
        } catch (IOException _) {
            return "";
        }
    }

    private void endAfter(Duration limit) {
        Thread.ofPlatform().name("tool-limit").daemon().start(() -> {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void close() {
        process.destroy();
    }
}
