package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.local.RealNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What happens to pods and nodes, and what the status says of it. */
class RealPodFaultsIT {
    private static final Path EXAMPLE = Path.of("examples", "orders-customer-fk.yaml");
    private static final String CHANGE = "orders-customer-fk";

    @Test
    void aPodThatIsDeletedWhileItWaitsIsReplaced() throws Exception {
        Shop shop = Shop.create(100);
        try (Connection nightly = shop.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            shop.apply(EXAMPLE);
            shop.untilWaitingForLock(CHANGE);
            String first = shop.running().getMetadata().getUid();

            shop.kubectl("delete", "pod", shop.running().getMetadata().getName());

            Shop.until(() -> assertThat(shop.running().getMetadata().getUid()).isNotEqualTo(first));
            shop.untilWaitingForLock(CHANGE);
            nightly.commit();
        }
        shop.await("Ready", CHANGE);
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
    }

    @Test
    void aPodThatIsEvictedIsReplaced() throws Exception {
        Shop shop = Shop.create(100);
        try (Connection nightly = shop.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            shop.apply(EXAMPLE);
            shop.untilWaitingForLock(CHANGE);
            Pod first = shop.running();

            shop.installation()
                    .client()
                    .pods()
                    .inNamespace(shop.namespace())
                    .withName(first.getMetadata().getName())
                    .evict(new EvictionBuilder()
                            .withNewMetadata()
                            .withName(first.getMetadata().getName())
                            .withNamespace(shop.namespace())
                            .endMetadata()
                            .build());

            Shop.until(() -> assertThat(shop.running().getMetadata().getUid())
                    .isNotEqualTo(first.getMetadata().getUid()));
            shop.untilWaitingForLock(CHANGE);
            nightly.commit();
        }
        shop.await("Ready", CHANGE);
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
    }

    @Test
    void aPodWithoutEnoughMemoryIsSaidToBeSoAndAnEditHelps() throws Exception {
        Shop shop = Shop.create(100);
        shop.apply("""
                apiVersion: phaselock.dev/v1alpha1
                kind: SchemaChange
                metadata: {name: orders-customer-fk}
                spec:
                  database: {secretRef: {name: shop-db-app}}
                  changes:
                  - addForeignKey:
                      table: orders
                      name: orders_customer_fk
                      columns: [customer_id]
                      references: {table: customers, columns: [id]}
                  job: {resources: {requests: {memory: 24Mi}, limits: {memory: 24Mi}}}
                """);

        Shop.until(() -> assertThat(shop.message(CHANGE, "Ready")).contains("OOMKilled"));
        Shop.until(() -> assertThat(shop.events()).anyMatch(event -> event.startsWith("JobFailed: ")));

        shop.kubectl(
                "patch",
                "schemachange",
                CHANGE,
                "--type=merge",
                "-p",
                "{\"spec\":{\"job\":{\"resources\":{\"limits\":{\"memory\":\"256Mi\"}}}}}");
        shop.await("Ready", CHANGE);
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
    }

    @Test
    void anImageThatIsNotThereIsSaidToBeSoAndItGoesOnOnceItIs() throws Exception {
        Shop shop = Shop.create(100);
        RealNode node = shop.installation().cluster().node();
        String image = shop.installation().image();
        node.removeImage(image);
        shop.apply(EXAMPLE);

        Shop.until(() -> assertThat(shop.says(CHANGE, "Ready")).isEqualTo("False/ImagePullFailed"));
        assertThat(shop.message(CHANGE, "Ready")).contains(image);
        Shop.until(() -> assertThat(shop.events()).anyMatch(event -> event.startsWith("ImagePullFailed: ")));

        node.importImage(NodeInstallation.IMAGE);
        shop.await("Ready", CHANGE);
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
    }

    @Test
    void whenTheOperatorThatLeadsIsKilledTheOtherGoesOnAndNoPhaseRunsTwice() throws Exception {
        Shop shop = Shop.create(100);
        NodeInstallation installation = shop.installation();
        try (Connection nightly = shop.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            shop.apply(EXAMPLE);
            shop.untilWaitingForLock(CHANGE);
            String leader = installation.leader();

            installation.kubectl(
                    "-n", NodeInstallation.NAMESPACE, "delete", "pod", leader, "--grace-period=0", "--force");
            nightly.commit();

            Shop.until(() -> assertThat(installation.leader()).isNotEqualTo(leader));
        }
        shop.await("Ready", CHANGE);
        assertThat(shop.constraints()).containsExactly("orders_customer_fk valid");
        Set<String> phases = new HashSet<>();
        assertThat(shop.installation()
                        .client()
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(shop.namespace())
                        .list()
                        .getItems())
                .hasSize(3)
                .allMatch(job -> phases.add(job.getMetadata().getLabels().get("phaselock.dev/phase")));
    }

    @Test
    void theOperatorsNeverReadSecrets() {
        NodeInstallation installation = NodeInstallation.get();
        String account = installation.operators().getFirst().getSpec().getServiceAccountName();
        String user = "--as=system:serviceaccount:" + NodeInstallation.NAMESPACE + ":" + account;
        for (String verb : List.of("get", "list", "watch", "create", "update", "patch", "delete")) {
            assertThat(installation.may(verb, "secrets", user))
                    .as(verb + " secrets")
                    .isFalse();
        }
        assertThat(installation.may("create", "jobs.batch", user))
                .as("the question is right")
                .isTrue();
    }
}
