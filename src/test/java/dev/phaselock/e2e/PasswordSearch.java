package dev.phaselock.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.local.TestOperator;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Looks for every password of the end-to-end tests where none may be (SECRET-1): in all that the API server holds but
 * Secrets, in logs and metrics; and, all the time, in each state of a SchemaChange, Job, pod and event, and in the
 * environments and argument lists of the processes. It is looked for as it is and in Base64.
 */
public final class PasswordSearch {
    private static final Set<String> PASSWORDS = ConcurrentHashMap.newKeySet();
    private static final Set<String> IN_PROCESSES = ConcurrentHashMap.newKeySet();
    private static final Set<Long> RUNNERS = ConcurrentHashMap.newKeySet();
    private static final Queue<String> FOUND_MEANWHILE = new ConcurrentLinkedQueue<>();
    private static final Set<String> SEEN_MEANWHILE = ConcurrentHashMap.newKeySet();

    private PasswordSearch() {}

    /** A password of a role or a part of one; from the first one on, processes are looked at. */
    static void remember(String password) {
        boolean first = PASSWORDS.isEmpty();
        PASSWORDS.add(password);
        PASSWORDS.addAll(inBase64(password));
        if (first) {
            Thread.ofVirtual().name("password-search").start(PasswordSearch::watchProcesses);
            var client = Installation.get().client();
            watch(client.resources(SchemaChange.class).inAnyNamespace());
            watch(client.batch().v1().jobs().inAnyNamespace());
            watch(client.pods().inAnyNamespace());
            watch(client.events().v1().events().inAnyNamespace());
        }
    }

    /** What stands in the Base64 of any text with it, whether it begins at the first, second or third byte of three. */
    private static List<String> inBase64(String password) {
        List<String> forms = new ArrayList<>();
        for (int before = 0; before < 3; before++) {
            String text = "x".repeat(before) + password;
            String encoded = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
            // The first and the last four letters depend on what stands beside it.
            forms.add(encoded.substring(before == 0 ? 0 : 4, text.length() / 3 * 4));
        }
        return forms;
    }

    private static <T extends HasMetadata> void watch(Informable<T> all) {
        all.inform(new ResourceEventHandler<T>() {
            @Override
            public void onAdd(T object) {
                searchMeanwhile(object);
            }

            @Override
            public void onUpdate(T before, T object) {
                searchMeanwhile(object);
            }

            @Override
            public void onDelete(T object, boolean unknown) {
                searchMeanwhile(object);
            }
        });
    }

    private static void searchMeanwhile(HasMetadata object) {
        SEEN_MEANWHILE.add(object.getKind());
        search("meanwhile: " + name(object), Serialization.asJson(object), FOUND_MEANWHILE);
    }

    private static String name(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getNamespace() + "/"
                + object.getMetadata().getName();
    }

    /** Fails where one is found. */
    public static void assertNoneFound() throws Exception {
        var client = Installation.get().client();
        Queue<String> found = new ConcurrentLinkedQueue<>();
        Set<String> kinds = searchApiServer(found);
        assertThat(kinds)
                .as("all kinds are there to be searched")
                .contains("schemachanges", "pods", "jobs", "events", "configmaps", "leases");
        assertThat(SEEN_MEANWHILE).containsExactlyInAnyOrder("SchemaChange", "Job", "Pod", "Event");
        Queue<String> inSecrets = new ConcurrentLinkedQueue<>();
        client.secrets()
                .inAnyNamespace()
                .list()
                .getItems()
                .forEach(secret -> search(name(secret), Serialization.asJson(secret), inSecrets));
        assertThat(inSecrets).as("the search finds it where it is").isNotEmpty();
        List<Pod> pods = client.pods().inAnyNamespace().list().getItems();
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
        TestOperator operator = Installation.get().operator();
        assertThat(Files.readString(operator.log())).isNotBlank();
        try (Stream<Path> files = Files.list(operator.log().getParent())) {
            for (Path log :
                    files.filter(file -> file.toString().endsWith(".log")).toList()) {
                search(log.toString(), Files.readString(log), found);
            }
        }
        String metrics = operator.get("/q/metrics");
        assertThat(metrics).contains("phaselock_changes");
        search("the metrics", metrics, found);
        assertThat(RUNNERS).as("runners whose environment was searched").isNotEmpty();
        assertThat(found).isEmpty();
        assertThat(FOUND_MEANWHILE).isEmpty();
        assertThat(IN_PROCESSES).isEmpty();
    }

    /** Searches all that can be listed, but Secrets; returns what it found objects of. */
    private static Set<String> searchApiServer(Queue<String> found) {
        var client = Installation.get().client();
        Set<String> versions = new TreeSet<>(Set.of("v1"));
        client.getApiGroups()
                .getGroups()
                .forEach(group -> versions.add(group.getPreferredVersion().getGroupVersion()));
        Set<String> searched = new TreeSet<>();
        for (String version : versions) {
            for (APIResource resource : client.getApiResources(version).getResources()) {
                if (!resource.getVerbs().contains("list") || resource.getName().equals("secrets")) {
                    continue;
                }
                String path = (version.equals("v1") ? "/api/" : "/apis/") + version + "/" + resource.getName();
                String all = client.raw(path);
                if (all != null && !all.contains("\"items\":[]")) {
                    searched.add(resource.getName());
                    search(path, all, found);
                }
            }
        }
        return searched;
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
