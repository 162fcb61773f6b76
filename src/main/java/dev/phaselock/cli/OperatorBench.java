package dev.phaselock.cli;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.local.ProcessMemory;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What SchemaChanges cost the operator: at rest, one more beside many at rest, and many in flight. The API server is a
 * real one; the Jobs run {@link IdlePhase}.
 */
final class OperatorBench implements AutoCloseable {
    /** A namespace has so many SchemaChanges, and as many databases as make the limit for each no limit for all. */
    private static final String NAMESPACE = "default";

    private static final int DATABASES = 25;
    private static final Duration PROGRESS = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Home home;
    private final Playground playground;
    private final Path cache;
    private final Consumer<String> tell;
    private final KubernetesClient client;
    private final SharedIndexInformer<SchemaChange> informer;
    private final Map<String, SchemaChange> changes = new ConcurrentHashMap<>();
    private int made;

    /**
     * Starts what it needs, and records an AOT cache of the operator, for in the image it has one, too.
     *
     * @param folder where all of it keeps its data
     * @param tell is told what is being done
     */
    OperatorBench(Home home, Path folder, Consumer<String> tell)
            throws IOException, SQLException, InterruptedException, ExecutionException {
        this.home = home;
        this.tell = tell;
        this.cache = folder.resolve("kubernetes/operator.aot");
        this.playground = Playground.start(
                home,
                folder,
                home.operator(ImageCaches.recording(cache)),
                IdlePhase.write(
                        Files.createDirectories(folder.resolve("kubernetes")).resolve("phase.sh")),
                tell);
        this.client = playground.newClient();
        this.informer = client.resources(SchemaChange.class)
                .inNamespace(NAMESPACE)
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(SchemaChange change) {
                        changes.put(change.getMetadata().getName(), change);
                    }

                    @Override
                    public void onUpdate(SchemaChange before, SchemaChange change) {
                        changes.put(change.getMetadata().getName(), change);
                    }

                    @Override
                    public void onDelete(SchemaChange change, boolean unknown) {
                        changes.remove(change.getMetadata().getName());
                    }
                });
        tell.accept("records the start of the operator");
        String first = create();
        ready(List.of(first));
        delete(List.of(first));
        // It writes its cache as it ends.
        playground.stopOperator();
        startOperator();
    }

    private void startOperator() throws IOException {
        playground.startOperator(home, home.operator(List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on")));
    }

    /**
     * With so many at rest.
     *
     * @param residentMiB of the operator's process, {@code notOfFilesMiB} of it without what was read from files and can be
     *     given back
     * @param restCpuPercent of one core, for half a minute in which nothing happens
     * @param oneMoreMillis from its creation to Ready, the median of some that were made one after another
     * @param oneMoreCpuMillis of the operator, for each of them
     */
    record AtRest(
            int changes,
            long residentMiB,
            long notOfFilesMiB,
            double restCpuPercent,
            long oneMoreMillis,
            long oneMoreCpuMillis) {}

    /**
     * So many at once.
     *
     * @param millis from the creation of the first to the last one's being Ready
     * @param cpuMillis of the operator, for each
     * @param runningMost how many phases ran at once at most
     * @param medianMillis from when one's first phase began until it was Ready
     * @param longestMillis the longest of these
     * @param overtaken how many younger ones were Ready before one, at most
     */
    record InFlight(
            int changes,
            long millis,
            long cpuMillis,
            int runningMost,
            long medianMillis,
            long longestMillis,
            int overtaken) {}

    /** Fills up to so many at rest, starts the operator anew, and measures. */
    AtRest atRest(int number) throws Exception {
        SchemaChangeStatus finished = ready(List.of(create())).getFirst().getStatus();
        playground.stopOperator();
        List<String> added =
                inParallel(IntStream.range(changes.size(), number).boxed().toList(), _ -> {
                    String name = name();
                    SchemaChange change = change(name);
                    change.getMetadata().setFinalizers(List.of("phaselock.dev/jobs"));
                    change = client.resource(change).create();
                    change.setStatus(finished);
                    client.resource(change).updateStatus();
                    return name;
                });
        awaitReady(added);
        startOperator();
        // Until it has looked at each of them.
        quiet();
        long before = cpuMillis();
        TimeUnit.SECONDS.sleep(30);
        double percent = (cpuMillis() - before) / 300.0;
        ProcessMemory memory = ProcessMemory.of(operator());

        List<Long> millis = new ArrayList<>();
        int samples = 10;
        before = cpuMillis();
        for (int i = 0; i < samples; i++) {
            long startedAt = System.nanoTime();
            ready(List.of(create()));
            millis.add(Duration.ofNanos(System.nanoTime() - startedAt).toMillis());
        }
        quiet();
        return new AtRest(
                number,
                memory.residentMib(),
                memory.notOfFilesMib(),
                percent,
                median(millis),
                (cpuMillis() - before) / samples);
    }

    /** Makes so many at once, waits until the last is Ready, and deletes them. */
    InFlight inFlight(int number) throws Exception {
        long before = cpuMillis();
        long startedAt = System.nanoTime();
        List<String> names = inParallel(IntStream.range(0, number).boxed().toList(), _ -> create());
        int runningMost = 0;
        List<String> order = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        long toldAt = startedAt;
        while (order.size() < number) {
            within(startedAt);
            if (System.nanoTime() - toldAt > PROGRESS.toNanos()) {
                toldAt = System.nanoTime();
                tell.accept("%d of %d are Ready".formatted(order.size(), number));
            }
            int running = 0;
            for (String name : names) {
                SchemaChange change = changes.get(name);
                if (Playground.isReady(change)) {
                    if (seen.add(name)) {
                        order.add(name);
                    }
                } else if (change != null && runs(change)) {
                    running++;
                }
            }
            runningMost = Math.max(runningMost, running);
            TimeUnit.MILLISECONDS.sleep(50);
        }
        long millis = Duration.ofNanos(System.nanoTime() - startedAt).toMillis();
        List<Long> each = names.stream().map(name -> lasted(changes.get(name))).toList();
        List<String> byAge = names.stream()
                .sorted(Comparator.comparing(
                                (String name) -> changes.get(name).getMetadata().getCreationTimestamp())
                        .thenComparing(name -> name))
                .toList();
        int overtaken = 0;
        for (int i = 0; i < order.size(); i++) {
            overtaken = Math.max(overtaken, i - byAge.indexOf(order.get(i)));
        }
        quiet();
        long cpuMillis = (cpuMillis() - before) / number;
        delete(names);
        return new InFlight(
                number,
                millis,
                cpuMillis,
                runningMost,
                median(each),
                each.stream().mapToLong(Long::longValue).max().orElse(0),
                overtaken);
    }

    /**
     * Each by itself, for the API server deletes a collection one after the other, for longer than a request may take; and
     * returns when the last of their Jobs and pods is gone, for the operator has these in its memory.
     */
    private void delete(List<String> names) throws InterruptedException, ExecutionException {
        inParallel(names, name -> {
            client.resources(SchemaChange.class)
                    .inNamespace(NAMESPACE)
                    .withName(name)
                    .delete();
            return name;
        });
        long startedAt = System.nanoTime();
        while (names.stream().anyMatch(changes::containsKey) || hasJobs()) {
            within(startedAt);
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private boolean hasJobs() {
        ListOptions one = new ListOptionsBuilder().withLimit(1L).build();
        return !client.batch()
                        .v1()
                        .jobs()
                        .inNamespace(NAMESPACE)
                        .list(one)
                        .getItems()
                        .isEmpty()
                || !client.pods().inNamespace(NAMESPACE).list(one).getItems().isEmpty();
    }

    private static boolean runs(SchemaChange change) {
        return change.getStatus() != null
                && change.getStatus().phases() != null
                && change.getStatus().phases().stream().anyMatch(phase -> "Running".equals(phase.state()));
    }

    /** Whole seconds, as the status has them. */
    private static long lasted(SchemaChange change) {
        Instant from = change.getStatus().phases().stream()
                .map(phase -> Instant.parse(phase.started()))
                .min(Instant::compareTo)
                .orElseThrow();
        Instant to = change.getStatus().phases().stream()
                .map(phase -> Instant.parse(phase.completed()))
                .max(Instant::compareTo)
                .orElseThrow();
        return Duration.between(from, to).toMillis();
    }

    private String create() {
        String name = name();
        client.resource(change(name)).create();
        return name;
    }

    private synchronized String name() {
        return "change-%05d".formatted(made++);
    }

    private static SchemaChange change(String name) {
        SchemaChange change = new SchemaChange();
        change.setMetadata(
                new ObjectMetaBuilder().withName(name).withNamespace(NAMESPACE).build());
        int number = Integer.parseInt(name.substring(name.indexOf('-') + 1));
        change.setSpec(new SchemaChangeSpec(
                new DatabaseSpec(
                        new SecretReference("database-" + number % DATABASES), null, null, null, null, null, null),
                List.of(ChangeSpec.of(new AddCheckSpec("orders", null, "total >= 0", null))),
                null,
                null,
                LocksSpec.DEFAULT,
                ValidationSpec.DEFAULT,
                null,
                null,
                null,
                null,
                null,
                null));
        return change;
    }

    private List<SchemaChange> ready(List<String> names) throws InterruptedException {
        awaitReady(names);
        return names.stream().map(changes::get).toList();
    }

    private void awaitReady(List<String> names) throws InterruptedException {
        long startedAt = System.nanoTime();
        while (names.stream().anyMatch(name -> !Playground.isReady(changes.get(name)))) {
            within(startedAt);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void within(long startedAt) {
        if (System.nanoTime() - startedAt > PATIENCE.toNanos()) {
            throw new IllegalStateException("not Ready after " + PATIENCE.toMinutes() + " minutes");
        }
    }

    /** Waits until the operator has done for three seconds next to nothing. */
    private void quiet() throws IOException, InterruptedException {
        long startedAt = System.nanoTime();
        long before;
        do {
            within(startedAt);
            before = cpuMillis();
            TimeUnit.SECONDS.sleep(3);
        } while (cpuMillis() - before > 60);
    }

    private ProcessHandle operator() throws IOException {
        return playground
                .operator()
                .orElseThrow(() -> new IOException("the operator ended: " + playground.operatorLog()));
    }

    private long cpuMillis() throws IOException {
        return operator().info().totalCpuDuration().orElseThrow().toMillis();
    }

    private interface Task<T> {
        String run(T one) throws IOException;
    }

    private static <T> List<String> inParallel(List<T> ones, Task<T> task)
            throws InterruptedException, ExecutionException {
        List<String> done = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<String>> futures = ones.stream()
                    .map(one -> executor.submit(() -> task.run(one)))
                    .toList();
            for (Future<String> future : futures) {
                done.add(future.get());
            }
        }
        return done;
    }

    private static long median(List<Long> numbers) {
        return numbers.stream().sorted().toList().get(numbers.size() / 2);
    }

    @Override
    public void close() {
        informer.close();
        client.close();
    }
}
