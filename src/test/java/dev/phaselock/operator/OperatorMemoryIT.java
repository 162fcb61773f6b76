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
        String empty = memory(operator);
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
        String full = memory(operator);

        System.out.printf("operator memory: %s without changes, %s with %d at rest%n", empty, full, CHANGES);
        assertThat(kib(operator, "VmRSS")).as("KiB").isLessThan(220 * 1024);
        assertThat(jobs()).as("nothing was started again").hasSize(4);
    }

    /** After ten seconds of rest. What is not of files cannot be given back. */
    private static String memory(TestOperator operator) throws IOException {
        await().pollDelay(Duration.ofSeconds(10)).atMost(Duration.ofSeconds(15)).until(() -> true);
        return kib(operator, "VmRSS") / 1024 + " MiB (" + kib(operator, "RssAnon") / 1024 + " not of files)";
    }

    private static long kib(TestOperator operator, String name) throws IOException {
        Path status = Path.of("/proc", Long.toString(operator.process().pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
