package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.local.RealCluster;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The node itself: a real one while it is there, and nothing of it afterwards. */
class RealNodeIT {
    private static final List<String> SETTINGS = List.of(
            "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward");

    @Test
    void aPodRunsAndWhenTheNodeEndsTheMachineIsAsItWas() throws Exception {
        var before = machine();
        RealCluster cluster = TestNode.start();
        Path folder = cluster.node().folder().getParent();
        try (KubernetesClient client = cluster.newClient()) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> client.serviceAccounts()
                                    .inNamespace("default")
                                    .withName("default")
                                    .get()
                            != null);
            client.resource(pod()).create();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(get(client).getStatus().getPhase()).isEqualTo("Running"));

            assertThat(get(client).getStatus().getPodIP())
                    .startsWith(start(cluster.node().podNetwork()));
            assertThat(processesOf(folder))
                    .as("containerd, kubelet and the others")
                    .hasSizeGreaterThan(5);
            assertThat(machine()).as("a link and its routes, and no more").isNotEqualTo(before);
        }

        RealCluster.delete(folder);

        assertThat(machine()).isEqualTo(before);
        assertThat(processesOf(folder)).isEmpty();
        assertThat(folder).doesNotExist();
    }

    private static Pod pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withName("pause")
                .withNamespace("default")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("pause")
                .withImage("phaselock.invalid/pause:1")
                .endContainer()
                .endSpec()
                .build();
    }

    private static Pod get(KubernetesClient client) {
        return client.pods().inNamespace("default").withName("pause").get();
    }

    /** Of a network of 24 bits, what its addresses begin with. */
    private static String start(String network) {
        return network.substring(0, network.lastIndexOf('.') + 1);
    }

    /** What a node could leave behind. */
    private static Map<String, String> machine() throws Exception {
        var machine = new TreeMap<String, String>();
        machine.put("links", output("ip", "-o", "link", "show").replaceAll("(?m)^\\d+: ", ""));
        machine.put("routes", output("ip", "route", "show", "table", "all"));
        machine.put("rules", output("iptables-save").replaceAll("(?m)^[#:].*\n", ""));
        machine.put("mounts", Files.readString(Path.of("/proc/self/mounts")));
        for (String setting : SETTINGS) {
            machine.put(setting, Files.readString(Path.of("/proc/sys", setting)));
        }
        try (Stream<Path> groups = Files.find(
                Path.of("/sys/fs/cgroup"),
                3,
                (path, _) -> path.getFileName().toString().startsWith("phaselock-"))) {
            machine.put("cgroups", groups.map(Path::toString).sorted().toList().toString());
        }
        return machine;
    }

    /** The command lines that name a folder. */
    private static List<String> processesOf(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            try {
                String line =
                        Files.readString(file, StandardCharsets.ISO_8859_1).replace('\0', ' ');
                if (line.contains(folder.toString())) {
                    found.add(line);
                }
            } catch (IOException _) {
                // Ended meanwhile.
            }
        }
        return found;
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }
}
