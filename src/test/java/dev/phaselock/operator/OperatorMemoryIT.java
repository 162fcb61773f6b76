package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.local.TestOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the packaged operator takes of memory; docs/performance.md has the numbers. */
@Timeout(240)
class OperatorMemoryIT extends ClusterBed {
    private static final int CHANGES = 100;

    @Test
    void aHundredChangesAtRestTakeLittleMemory() throws Exception {
        TestOperator operator = TestOperator.install(cluster, client);
        long empty = residentKib(operator);
        create();
        awaitReady();
        SchemaChangeStatus finished = status();
        operator.kill();
        for (int i = 1; i < CHANGES; i++) {
            String name = "change-" + i;
            create(name);
            SchemaChange change = client.resources(SchemaChange.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .require();
            change.addFinalizer("phaselock.dev/jobs");
            change = client.resource(change).update();
            change.setStatus(finished);
            client.resource(change).updateStatus();
        }
        operator.start();
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> operator.get("/q/metrics")
                        .contains("phaselock_changes{step=\"Ready\",result=\"Succeeded\"} " + CHANGES + ".0"));
        long full = residentKib(operator);

        System.out.printf(
                "operator memory: %d MiB without changes, %d MiB with %d at rest%n",
                empty / 1024, full / 1024, CHANGES);
        assertThat(full).as("KiB").isLessThan(320 * 1024);
        assertThat(jobs()).as("nothing was started again").hasSize(4);
    }

    /** After ten seconds of rest. */
    private static long residentKib(TestOperator operator) throws IOException {
        await().pollDelay(Duration.ofSeconds(10)).atMost(Duration.ofSeconds(15)).until(() -> true);
        Path status = Path.of("/proc", Long.toString(operator.process().pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
