package dev.phaselock.api;

import dev.phaselock.local.TestCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real kubectl, as people use it, on the test cluster. */
public final class Kubectl {
    /** What it said, on both of its outputs, and how it ended. */
    public record Answer(int exitCode, String text) {}

    private Kubectl() {}

    public static Answer run(String input, String... arguments) {
        return run(TestCluster.get().kubeconfig(), input, arguments);
    }

    /** With the cluster and the user of a kubeconfig. */
    public static Answer run(Path kubeconfig, String input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("kubectl", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            String text = Files.readString(output);
            Files.delete(output);
            if (!ended) {
                process.destroyForcibly();
                throw new AssertionError("kubectl does not end: " + command + "\n" + text);
            }
            return new Answer(process.exitValue(), text);
        } catch (IOException e) {
            throw new AssertionError("kubectl cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
