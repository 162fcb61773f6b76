package dev.phaselock.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Looks for every password of the end-to-end tests where none may be: in what the API server holds, in logs, and, all the
 * time, in the environments and argument lists of the processes.
 */
public final class PasswordSearch {
    private static final Set<String> PASSWORDS = ConcurrentHashMap.newKeySet();
    private static final Set<String> IN_PROCESSES = ConcurrentHashMap.newKeySet();
    private static final Set<Long> RUNNERS = ConcurrentHashMap.newKeySet();

    private PasswordSearch() {}

    /** A password of a role or a part of one; from the first one on, processes are looked at. */
    static void remember(String password) {
        boolean first = PASSWORDS.isEmpty();
        PASSWORDS.add(password);
        if (first) {
            Thread.ofVirtual().name("password-search").start(PasswordSearch::watchProcesses);
        }
    }

    /** Fails where one is found. */
    public static void assertNoneFound() throws Exception {
        var client = Installation.get().client();
        List<HasMetadata> objects = new ArrayList<>();
        objects.addAll(
                client.resources(SchemaChange.class).inAnyNamespace().list().getItems());
        List<Pod> pods = client.pods().inAnyNamespace().list().getItems();
        objects.addAll(pods);
        objects.addAll(client.batch().v1().jobs().inAnyNamespace().list().getItems());
        objects.addAll(client.events().v1().events().inAnyNamespace().list().getItems());
        assertThat(objects)
                .as("all kinds are there to be searched")
                .extracting(HasMetadata::getKind)
                .contains("SchemaChange", "Pod", "Job", "Event");
        Queue<String> found = new ConcurrentLinkedQueue<>();
        for (HasMetadata object : objects) {
            search(object.getKind() + " " + object.getFullResourceName(), Serialization.asJson(object), found);
        }
        // Each goes by way of the API server to the node: many at once.
        try (var executor = Executors.newFixedThreadPool(8, Thread.ofVirtual().factory())) {
            List<Future<Boolean>> searches = pods.stream()
                    .map(pod -> executor.submit(() -> searchLog(pod, found)))
                    .toList();
            long read = 0;
            for (Future<Boolean> search : searches) {
                read += search.get() ? 1 : 0;
            }
            assertThat(read).isPositive();
        }
        String operatorLog = Files.readString(Installation.get().operator().log());
        search("the operator's log", operatorLog, found);
        assertThat(operatorLog).isNotBlank();
        assertThat(RUNNERS).as("runners whose environment was searched").isNotEmpty();
        assertThat(found).isEmpty();
        assertThat(IN_PROCESSES).isEmpty();
    }

    /** Whether there was a log to be searched. */
    private static boolean searchLog(Pod pod, Queue<String> found) {
        try {
            search(
                    "the log of " + pod.getFullResourceName(),
                    Installation.get().client().pods().resource(pod).getLog(),
                    found);
            return true;
        } catch (KubernetesClientException e) {
            // Deleted meanwhile, when its time to live was over, or never started.
            assertThat(e.getCode()).isIn(404, 400);
            return false;
        }
    }

    private static void search(String where, String text, Queue<String> found) {
        if (PASSWORDS.stream().anyMatch(text::contains)) {
            found.add(where);
        }
    }

    private static void watchProcesses() {
        try {
            while (true) {
                try (Stream<ProcessHandle> descendants = ProcessHandle.current().descendants()) {
                    descendants.forEach(process -> searchProcess(process.pid()));
                }
                TimeUnit.MILLISECONDS.sleep(150);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void searchProcess(long pid) {
        String arguments = read(pid, "cmdline");
        String environment = read(pid, "environ");
        if (environment.contains("PHASELOCK_REQUEST=")) {
            RUNNERS.add(pid);
        }
        if (PASSWORDS.stream().anyMatch(password -> arguments.contains(password) || environment.contains(password))) {
            IN_PROCESSES.add(arguments.replace('\0', ' '));
        }
    }

    /** Empty for one that has ended. */
    private static String read(long pid, String file) {
        try {
            return new String(
                    Files.readAllBytes(Path.of("/proc", Long.toString(pid), file)), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }
}
