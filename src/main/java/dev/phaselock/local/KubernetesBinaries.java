package dev.phaselock.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The programs of a Kubernetes control plane.
 *
 * @param folder holds {@code etcd}, {@code kube-apiserver} and {@code kube-controller-manager}
 */
public record KubernetesBinaries(Path folder) {
    /**
     * Runs the script {@code cluster/build}: at once when it has built them before, else minutes. Its progress goes to
     * this process's standard error.
     *
     * @throws IOException when it fails; it has then said why
     */
    public static KubernetesBinaries build(Path script) throws IOException {
        Process process = new ProcessBuilder(script.toAbsolutePath().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String folder;
        try (BufferedReader output = process.inputReader()) {
            folder = output.readLine();
            int exitCode = process.waitFor();
            if (exitCode != 0 || folder == null) {
                throw new IOException(script + " failed with exit code " + exitCode);
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + script + " ran", e);
        }
        return new KubernetesBinaries(Path.of(folder));
    }

    Path program(String name) {
        return folder.resolve(name);
    }
}
