package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeStatus;
import dev.phaselock.local.ProcessMemory;
import dev.phaselock.local.TestOperator;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the packaged operator takes of memory; docs/performance.md has the numbers. */
@Timeout(240)
class OperatorMemoryIT extends ClusterBed {
    /** More than are read at once: a part of the list would not do. */
    private static final int CHANGES = (int) SchemaChangeReconciler.PAGE * 5 / 2;

    @Test
    void manyChangesAtRestAreAllReadAndTakeLittleMemory() throws Exception {
        TestOperator operator = TestOperator.install(cluster, client);
        ProcessMemory empty = memory(operator);
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
        ProcessMemory full = memory(operator);

        System.out.printf(
                "operator memory: %s without changes, %s with %d at rest%n", text(empty), text(full), CHANGES);
        assertThat(full.residentMib()).isLessThan(220);
        assertThat(jobs()).as("nothing was started again").hasSize(4);
    }

    /** After ten seconds of rest. */
    private static ProcessMemory memory(TestOperator operator) throws IOException {
        await().pollDelay(Duration.ofSeconds(10)).atMost(Duration.ofSeconds(15)).until(() -> true);
        return ProcessMemory.of(operator.process());
    }

    private static String text(ProcessMemory memory) {
        return memory.residentMib() + " MiB (" + memory.notOfFilesMib() + " not of files)";
    }
}
