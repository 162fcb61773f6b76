package dev.phaselock.operator;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What Argo CD (by deploy/argocd/health.lua, in the engine and with the libraries that it gives to scripts) and Flux (by
 * its own library, kstatus) make of a resource. build/gitops is the program.
 */
final class GitOps {
    private static final Path FOLDER = Path.of("build", "gitops");

    private final Path program;

    private GitOps(Path program) {
        this.program = program;
    }

    /** How both see a resource. */
    record Verdict(String argo, String argoMessage, String flux) {}

    /** Builds the program with Go. */
    static GitOps build(Path folder) {
        Path program = folder.resolve("gitops").toAbsolutePath();
        run(FOLDER, "", "go", "build", "-o", program.toString(), ".");
        return new GitOps(program);
    }

    Verdict of(Object resource) {
        List<String> lines = run(
                        Path.of("."),
                        Serialization.asJson(resource),
                        program.toString(),
                        Path.of("deploy", "argocd", "health.lua").toString())
                .lines()
                .toList();
        List<String> argo = List.of(lines.get(0).split("\t", 2));
        return new Verdict(argo.get(0), argo.get(1), lines.get(1).split("\t", 2)[0]);
    }

    private static String run(Path folder, String input, String... command) {
        try {
            Path output = Files.createTempFile("gitops", ".txt");
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            boolean ended = process.waitFor(5, TimeUnit.MINUTES);
            process.destroyForcibly();
            String text = Files.readString(output);
            Files.delete(output);
            if (!ended || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + text);
            }
            return text;
        } catch (IOException e) {
            throw new AssertionError(command[0] + " cannot be started (Go 1.26 or newer is needed)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
