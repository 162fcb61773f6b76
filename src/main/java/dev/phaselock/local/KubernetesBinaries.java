package dev.phaselock.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs of Kubernetes.
 *
 * @param folder holds {@code etcd}, {@code kube-apiserver} and {@code kube-controller-manager}, or those of a node
 */
public record KubernetesBinaries(Path folder) {
    /**
     * Runs the script {@code cluster/build}: at once when it has built them before, else minutes. Its progress goes to
     * this process's standard error.
     *
     * @throws IOException when it fails; it has then said why
     */
    public static KubernetesBinaries build(Path script) throws IOException {
        return build(script, List.of());
    }

    /** The programs of a node, likewise: {@code kubelet}, {@code kube-proxy}, {@code coredns} and so on. */
    public static KubernetesBinaries buildNode(Path script) throws IOException {
        return build(script, List.of("node"));
    }

    private static KubernetesBinaries build(Path script, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toAbsolutePath().toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
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
