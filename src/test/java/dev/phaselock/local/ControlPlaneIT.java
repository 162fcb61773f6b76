package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlPlaneIT {
    @TempDir
    private Path temp;

    @Test
    void isReadyOnceStartedAndItsVersionCanBeParsed() {
        KubernetesClient client = TestCluster.client();
        assertThat(client.getKubernetesVersion().getMajor()).isEqualTo("1");
        assertThat(client.getKubernetesVersion().getGitVersion()).matches("v1\\.\\d+\\.\\d+");
        assertThat(client.namespaces().withName("default").get()).isNotNull();
    }

    @Test
    void goesOnWithoutItsStarterAndIsFoundAndEndedByItsFolder() throws Exception {
        Path folder = temp.resolve("cluster");
        start(folder);
        List<Long> pids = pids(folder);

        ControlPlane found = ControlPlane.running(folder).orElseThrow();
        try (KubernetesClient client = found.newClient()) {
            assertThat(client.namespaces().list().getItems()).isNotEmpty();
        }
        assertThatThrownBy(() -> start(folder)).isInstanceOf(IOException.class).hasMessageContaining("already runs");
        found.delete();

        await().atMost(5, SECONDS).until(() -> pids.stream().noneMatch(TestPods::runs));
        assertThat(pids).hasSize(3);
        assertThat(ControlPlane.running(folder)).isEmpty();
        assertThat(folder).doesNotExist();
    }

    @Test
    void keepsItsDataOverAStopAndAStart() throws Exception {
        Path folder = temp.resolve("cluster");
        try (ControlPlane controlPlane = start(folder);
                KubernetesClient client = controlPlane.newClient()) {
            client.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName("kept")
                            .withNamespace("default")
                            .endMetadata()
                            .build())
                    .create();
        }
        try (ControlPlane controlPlane = start(folder);
                KubernetesClient client = controlPlane.newClient()) {
            assertThat(client.configMaps()
                            .inNamespace("default")
                            .withName("kept")
                            .get())
                    .isNotNull();
        }
    }

    @Test
    void nobodyElseReadsItsCredentials() throws Exception {
        ControlPlane controlPlane = TestCluster.get().controlPlane();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(controlPlane.folder())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(controlPlane.kubeconfig())))
                .isEqualTo("rw-------");
    }

    @Test
    void aNodeMayReadNoSecretsButThoseOfItsPods() throws Exception {
        Path credentials = TestCluster.get().controlPlane().nodeKubeconfig(LocalCluster.NODE);
        try (KubernetesClient node = Kubeconfig.client(credentials)) {
            assertThatThrownBy(() -> node.secrets().inNamespace("default").list())
                    .isInstanceOf(KubernetesClientException.class)
                    .extracting(e -> ((KubernetesClientException) e).getCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void aProcessThatGotTheIdOfAnEarlierOneIsLeftAlone() throws Exception {
        Path file = temp.resolve("processes");
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(file, "etcd " + stranger.pid() + " 2001-01-01T00:00:00Z\n");
            ProcessLedger ledger = new ProcessLedger(file);
            assertThat(ledger.anyRunning()).isFalse();
            ledger.end(name -> true, Duration.ZERO);
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void aControlPlaneThatDoesNotStartSaysWhyAndLeavesNoProcess() throws Exception {
        Path folder = temp.resolve("cluster");
        Files.createDirectories(folder);
        // etcd refuses a file where its folder should be.
        Files.writeString(folder.resolve("etcd"), "");
        assertThatThrownBy(() -> start(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("etcd did not become ready");
        assertThat(ControlPlane.running(folder)).isEmpty();
        assertThat(folder.resolve("processes")).doesNotExist();
    }

    private static ControlPlane start(Path folder) throws IOException {
        return ControlPlane.start(TestCluster.binaries(), folder, List.of("one", "two"));
    }

    private static List<Long> pids(Path folder) throws IOException {
        try (var lines = Files.lines(folder.resolve("processes"))) {
            return lines.map(line -> Long.parseLong(line.split(" ", -1)[1])).toList();
        }
    }
}
