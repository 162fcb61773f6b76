package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalClusterIT {
    private static final List<String> SHELL = List.of("/bin/sh", "-c");

    @TempDir
    private Path temp;

    @Test
    void whatAnEarlierNodeLeftRunningIsEndedAndFailed() throws Exception {
        try (ControlPlane controlPlane = ControlPlane.start(
                        TestCluster.binaries(), temp.resolve("cluster"), List.of(LocalCluster.NODE));
                KubernetesClient client = controlPlane.newClient()) {
            StandInNode earlier = StandInNode.start(controlPlane, LocalCluster.NODE, SHELL);
            long pid = startPod(client);
            earlier.leave();
            assertThat(TestPods.runs(pid)).isTrue();

            try (StandInNode later = StandInNode.start(controlPlane, LocalCluster.NODE, SHELL)) {
                assertThat(later).isNotNull();
                await().atMost(10, SECONDS)
                        .until(() -> TestPods.phase(client, "default", "pod").equals("Failed"));
                assertThat(TestPods.runs(pid)).isFalse();
                Pod pod = client.pods().inNamespace("default").withName("pod").require();
                assertThat(pod.getStatus().getReason()).isEqualTo("NodeRestarted");
                // Its log can still be read, and it can be deleted.
                assertThat(client.pods().inNamespace("default").withName("pod").getLog())
                        .isEqualTo(pid + "\n");
                client.pods().inNamespace("default").withName("pod").delete();
                await().atMost(10, SECONDS)
                        .until(() -> client.pods()
                                        .inNamespace("default")
                                        .withName("pod")
                                        .get()
                                == null);
            }
        }
    }

    @Test
    void goesOnWithoutItsStarterAndEndsWithItsContainers() throws Exception {
        Path folder = temp.resolve("cluster");
        ControlPlane controlPlane = LocalCluster.startDetached(TestCluster.binaries(), folder, SHELL);
        try (KubernetesClient client = controlPlane.newClient()) {
            long pid = startPod(client);
            ControlPlane.running(folder).orElseThrow().delete();

            assertThat(TestPods.runs(pid)).isFalse();
            assertThat(folder).doesNotExist();
        } finally {
            controlPlane.delete();
        }
    }

    @Test
    void evenAKilledNodesContainersEndWithTheCluster() throws Exception {
        Path folder = temp.resolve("cluster");
        ControlPlane controlPlane = ControlPlane.start(TestCluster.binaries(), folder, List.of(LocalCluster.NODE));
        try (KubernetesClient client = controlPlane.newClient()) {
            StandInNode node = StandInNode.start(controlPlane, LocalCluster.NODE, SHELL);
            long pid = startPod(client);
            node.leave();
            assertThat(TestPods.runs(pid)).isTrue();
            controlPlane.delete();

            await().atMost(5, SECONDS).until(() -> !TestPods.runs(pid));
        } finally {
            controlPlane.delete();
        }
    }

    /** A pod without a command, so that it runs the node's entrypoint; gives the process id of its container. */
    private static long startPod(KubernetesClient client) {
        Container container = TestPods.container("")
                .withCommand()
                .withArgs("echo $$$$; exec sleep 600")
                .build();
        client.resource(TestPods.pod("default", "pod", container).build()).create();
        await().atMost(10, SECONDS)
                .until(() -> TestPods.phase(client, "default", "pod").equals("Running"));
        await().atMost(10, SECONDS)
                .until(() -> !client.pods()
                        .inNamespace("default")
                        .withName("pod")
                        .getLog()
                        .isEmpty());
        return Long.parseLong(
                client.pods().inNamespace("default").withName("pod").getLog().strip());
    }
}
