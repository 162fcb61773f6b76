package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.local.RealNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** A node whose kubelet does not answer any more, so that its pods never end. */
class SilentNodeIT {
    private static final Path EXAMPLE = Path.of("examples", "orders-customer-fk.yaml");
    private static final String CHANGE = "orders-customer-fk";

    @Test
    void afterMinutesItSaysSoAndTriesAgainElsewhereAndADeletionGoesOn() throws Exception {
        Shop deleted = Shop.create(100);
        Shop kept = Shop.create(100);
        RealNode node = kept.installation().cluster().node();
        try (Connection one = deleted.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1");
                Connection other = kept.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            deleted.apply(EXAMPLE);
            kept.apply(EXAMPLE);
            deleted.untilWaitingForLock(CHANGE);
            kept.untilWaitingForLock(CHANGE);
            String pod = kept.running().getMetadata().getName();

            node.killKubelet();
            try {
                // What the cluster does itself after a minute, where a change tolerates no longer silence.
                kept.kubectl("delete", "pod", pod, "--wait=false");
                deleted.kubectl("delete", "schemachange", CHANGE, "--wait=false");

                // The next attempt begins a second later and says something else.
                within(
                        Duration.ofMinutes(4),
                        () -> assertThat(kept.events()).anyMatch(event -> event.contains("node may be gone")));
                within(
                        Duration.ofMinutes(1),
                        () -> assertThat(kept.pods())
                                .extracting(any -> any.getMetadata().getName())
                                // Preflight's may be gone: the cluster deletes what has ended on a silent node.
                                .contains(pod)
                                .anyMatch(name -> name.startsWith(CHANGE) && name.contains("-1-apply-2-")));
                within(
                        Duration.ofMinutes(3),
                        () -> assertThat(deleted.change(CHANGE)).isNull());
                assertThat(deleted.constraints()).isEmpty();
            } finally {
                node.startKubelet();
            }
            one.commit();
            other.commit();
        }
        kept.await("Ready", CHANGE);
        assertThat(kept.constraints()).containsExactly("orders_customer_fk valid");
    }

    private static void within(Duration time, ThrowingRunnable assertion) {
        await().atMost(time).pollInterval(Duration.ofSeconds(1)).untilAsserted(assertion);
    }
}
