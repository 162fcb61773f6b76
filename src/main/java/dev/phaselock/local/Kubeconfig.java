package dev.phaselock.local;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Kubeconfig files with one server and one token, and clients made from them. */
final class Kubeconfig {
    private Kubeconfig() {}

    /**
     * Writes a file that only its owner can read.
     *
     * @param server address and port of the API server
     */
    static void write(Path file, String server, Path certificateAuthority, String user, String token)
            throws IOException {
        String ca = Base64.getEncoder().encodeToString(Files.readAllBytes(certificateAuthority));
        PrivateFiles.write(file, """
                apiVersion: v1
                kind: Config
                clusters:
                - name: phaselock-local
                  cluster:
                    server: https://%s
                    certificate-authority-data: %s
                users:
                - name: "%s"
                  user:
                    token: %s
                contexts:
                - name: phaselock-local
                  context:
                    cluster: phaselock-local
                    namespace: default
                    user: "%s"
                current-context: phaselock-local
                """.formatted(server, ca, user, token, user));
    }

    /** A client that asks once and tells about a failure at once; nothing of this process's surroundings goes in. */
    static KubernetesClient client(Path file) throws IOException {
        Config config = Config.fromKubeconfig(Files.readString(file));
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config)
                        .withRequestRetryBackoffLimit(0)
                        .withAutoConfigure(false)
                        .build())
                .build();
    }
}
