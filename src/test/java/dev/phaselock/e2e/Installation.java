package dev.phaselock.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.Kubectl;
import dev.phaselock.local.LocalCluster;
import dev.phaselock.local.TestCluster;
import dev.phaselock.local.TestOperator;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One cluster with the operator for all end-to-end tests of a JVM, started when first asked for. Nothing in it is a
 * stand-in but the node: its containers run the phase command as processes of this machine.
 */
public final class Installation {
    private static @Nullable Installation only;
    private static boolean asked;

    private final LocalCluster cluster;
    private final KubernetesClient client;
    private final TestOperator operator;

    private Installation(LocalCluster cluster, KubernetesClient client, TestOperator operator) {
        this.cluster = cluster;
        this.client = client;
        this.operator = operator;
    }

    /** It, with the operator ready. */
    public static synchronized Installation get() {
        if (only == null) {
            // Each test would wait for it anew.
            assertThat(asked)
                    .as("it could be started when it was asked for first")
                    .isFalse();
            asked = true;
            try {
                LocalCluster cluster = TestCluster.startOwn(runner());
                KubernetesClient client = cluster.newClient();
                only = new Installation(cluster, client, TestOperator.install(cluster, client));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return only;
    }

    /** The administrator's client, shared: do not close it. */
    public KubernetesClient client() {
        return client;
    }

    public TestOperator operator() {
        return operator;
    }

    /** What kubectl answers, as the administrator. */
    public Kubectl.Answer kubectl(String input, String... arguments) {
        return Kubectl.run(cluster.kubeconfig(), input, arguments);
    }

    /** The command line of the image, as ./phaselock has it. */
    private static List<String> runner() throws IOException {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("build", "jvm.options").toAbsolutePath(),
                "-cp",
                Path.of("target", "classes").toAbsolutePath()
                        + File.pathSeparator
                        + Files.readString(Path.of("target", "runner.classpath"))
                                .strip(),
                "dev.phaselock.cli.Main");
    }
}
