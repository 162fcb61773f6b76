package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What a person does, with the image and the chart, in pods: apply, wait, look. */
class RealPodsIT {
    private static final Path FOREIGN_KEY = Path.of("examples", "orders-customer-fk.yaml");
    private static final Path CHECK = Path.of("examples", "orders-total-check.yaml");
    private static final Path INDEX = Path.of("examples", "orders-customer-index.yaml");
    private static final Path SQL = Path.of("examples", "orders-sql.yaml");

    @AfterAll
    static void noPasswordIsAnywhere() {
        NodeSearch.assertNoPassword();
    }

    @Test
    void theExamplesBecomeReadyInRestrictedNamespaces() throws Exception {
        Shop shop = Shop.create(100);

        shop.apply(FOREIGN_KEY);
        shop.apply(CHECK);
        shop.apply(INDEX);
        shop.apply(SQL);
        shop.await("Ready", "orders-customer-fk");
        shop.await("Ready", "orders-total-check");
        shop.await("Ready", "orders-customer-index");
        shop.await("Ready", "orders-sql");

        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid", "orders_total_positive valid");
        assertThat(shop.kubectl("get", "schemachanges")
                        .lines()
                        .toList()
                        .getFirst()
                        .split(" +"))
                .containsExactly("NAME", "TARGET", "CHANGE", "READY", "STEP", "TRIES", "AGE");
        assertThat(shop.kubectl("get", "schemachanges"))
                .containsPattern("orders-customer-fk +public.orders.* True +Ready")
                .containsPattern("orders-total-check +public.orders.* True +Ready")
                .containsPattern("orders-customer-index +public.orders.* True +Ready")
                .containsPattern("orders-sql +public.orders.* True +Ready");
        String network = shop.installation().cluster().node().podNetwork();
        int phases = Stream.of("orders-customer-fk", "orders-total-check", "orders-customer-index", "orders-sql")
                .mapToInt(name -> shop.change(name).getStatus().phases().size())
                .sum();
        assertThat(phases).isEqualTo(14);
        // The container's end, which is what the operator looks at, comes before the pod's own.
        Shop.until(() -> assertThat(shop.pods()).hasSize(phases).allSatisfy(pod -> {
            assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded");
            assertThat(pod.getStatus().getPodIP()).startsWith(network.substring(0, network.lastIndexOf('.') + 1));
        }));
    }

    @Test
    void rowsThatViolateAreNamedAndItGoesOnByItselfOnceTheyAreGone() throws Exception {
        Shop shop = Shop.create(100);
        shop.sql("UPDATE orders SET total = -1 WHERE id IN (7, 42)");

        shop.apply(CHECK);
        shop.await("Stalled", "orders-total-check");

        assertThat(shop.says("orders-total-check", "Stalled")).isEqualTo("True/ConstraintViolated");
        assertThat(shop.change("orders-total-check").getStatus().violations())
                .singleElement()
                .satisfies(violation -> {
                    assertThat(violation.count()).isEqualTo(2);
                    assertThat(violation.sample())
                            .hasSize(2)
                            .anyMatch(key -> key.contains("7"))
                            .anyMatch(key -> key.contains("42"));
                });
        assertThat(shop.constraints()).isEmpty();

        shop.sql("UPDATE orders SET total = 1 WHERE total < 0");
        shop.await("Ready", "orders-total-check");
        assertThat(shop.constraints()).containsExactly("orders_total_positive valid");
    }

    @Test
    void whoIsInTheWayIsNamedAndTheLogShowsIt() throws Exception {
        Shop shop = Shop.create(100);
        try (Connection nightly = shop.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            shop.apply(FOREIGN_KEY);

            Shop.until(() -> assertThat(
                            shop.change("orders-customer-fk").getStatus().blockers())
                    .singleElement()
                    .satisfies(blocker -> {
                        assertThat(blocker.application()).isEqualTo("nightly-import");
                        assertThat(blocker.mode()).isEqualTo("ROW EXCLUSIVE");
                        assertThat(blocker.relation()).isEqualTo("public.orders");
                    }));
            assertThat(shop.says("orders-customer-fk", "Reconciling")).isEqualTo("True/WaitingForLock");
            assertThat(shop.kubectl(
                            "logs",
                            "job/" + shop.running().getMetadata().getLabels().get("batch.kubernetes.io/job-name"),
                            "--tail=1"))
                    .contains("nightly-import");
            assertThat(shop.sessions())
                    .as("the server sees the pod's own address")
                    .containsOnly(shop.running().getStatus().getPodIP());
            nightly.commit();
        }
        shop.await("Ready", "orders-customer-fk");
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
    }

    @Test
    void aDeletionEndsThePodAndDropsNothing() throws Exception {
        Shop shop = Shop.create(100);
        shop.apply(CHECK);
        shop.await("Ready", "orders-total-check");
        try (Connection nightly = shop.writeAndStay("nightly-import", "UPDATE customers SET name = 'x' WHERE id = 1")) {
            shop.apply(FOREIGN_KEY);
            shop.untilWaitingForLock("orders-customer-fk");
            String pod = shop.running().getMetadata().getName();

            shop.kubectl("delete", "schemachange", "orders-customer-fk", "--timeout=50s");

            assertThat(shop.change("orders-customer-fk")).isNull();
            assertThat(shop.sessions()).isEmpty();
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(shop.pods())
                            .extracting(any -> any.getMetadata().getName())
                            .doesNotContain(pod));
            nightly.commit();
        }
        assertThat(shop.constraints()).containsExactly("orders_total_positive valid");
    }
}
