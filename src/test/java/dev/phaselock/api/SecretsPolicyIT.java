package dev.phaselock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl.Answer;
import dev.phaselock.local.TestCluster;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The admission policy of examples/security on a real API server. */
class SecretsPolicyIT {
    private static final String POLICY = "examples/security/database-secrets.yaml";

    private String namespace;

    @BeforeAll
    static void applyPolicy() {
        InstalledCrd.ensure();
        assertThat(Kubectl.run("", "apply", "-f", POLICY).exitCode()).isZero();
        String probe = TestCluster.namespace();
        // It takes the API server a moment.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> apply(probe, "probe", "{secretRef: {name: other}}", "--dry-run=server")
                        .text()
                        .contains("does not allow"));
    }

    /** The cluster is shared. */
    @AfterAll
    static void removePolicy() {
        Kubectl.run("", "delete", "-f", POLICY);
        String probe = TestCluster.namespace();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> apply(probe, "probe", "{secretRef: {name: other}}", "--dry-run=server")
                                .exitCode()
                        == 0);
    }

    @BeforeEach
    void makeNamespace() {
        namespace = TestCluster.namespace();
    }

    @Test
    void aNamespaceThatAllowsNoneGetsNone() {
        assertThat(apply("orders", "{secretRef: {name: shop-db-app}}"))
                .satisfies(answer -> assertThat(answer.exitCode()).isNotZero())
                .satisfies(answer -> assertThat(answer.text())
                        .contains("phaselock.dev/database-secrets does not allow the Secret shop-db-app"));
    }

    @Test
    void aSecretThatIsAllowedIsTakenAndAnyOtherIsNotWhereverItIsNamed() {
        allow("shop-db-app,shop-db-ca");
        assertThat(apply("orders", "{secretRef: {name: shop-db-app}, tls: {caSecretRef: {name: shop-db-ca}}}")
                        .text())
                .contains("created");
        assertThat(apply("other", "{secretRef: {name: billing-db}}").text())
                .contains("does not allow the Secret billing-db");
        assertThat(apply("other", "{secretRef: {name: shop-db-app}, tls: {caSecretRef: {name: billing-ca}}}")
                        .text())
                .contains("does not allow the Secret billing-ca");
        assertThat(apply("other", "{secretRef: {name: shop-db}}").text())
                .as("a part of a name is not the name")
                .contains("does not allow the Secret shop-db");
        assertThat(apply("orders", "{secretRef: {name: billing-db}}").text())
                .as("an edit")
                .contains("does not allow the Secret billing-db");
    }

    @Test
    void whatIsThereAlreadyCanBeSuspendedAndDeletedThoughItsSecretIsAllowedNoMore() {
        allow("shop-db-app");
        assertThat(apply("orders", "{secretRef: {name: shop-db-app}}").text()).contains("created");
        var resource = TestCluster.client()
                .resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName("orders");
        resource.edit(change -> {
            change.addFinalizer("phaselock.dev/jobs");
            return change;
        });
        allow("nothing");
        assertThat(Kubectl.run(
                                "",
                                "patch",
                                "schg",
                                "orders",
                                "-n",
                                namespace,
                                "--type=merge",
                                "-p",
                                "{\"spec\":{\"suspend\":true}}")
                        .text())
                .contains("patched");
        resource.delete();
        resource.edit(change -> {
            change.removeFinalizer("phaselock.dev/jobs");
            return change;
        });
        await().atMost(Duration.ofSeconds(10)).until(() -> resource.get() == null);
    }

    private void allow(String secrets) {
        assertThat(Kubectl.run(
                                "",
                                "annotate",
                                "--overwrite",
                                "namespace",
                                namespace,
                                "phaselock.dev/database-secrets=" + secrets)
                        .exitCode())
                .isZero();
        String first = secrets.split(",", -1)[0];
        await().atMost(Duration.ofSeconds(10))
                .until(() -> apply(namespace, "probe", "{secretRef: {name: " + first + "}}", "--dry-run=server")
                                .exitCode()
                        == 0);
    }

    private Answer apply(String name, String database) {
        return apply(namespace, name, database);
    }

    private static Answer apply(String namespace, String name, String database, String... more) {
        String manifest = """
                apiVersion: phaselock.dev/v1alpha1
                kind: SchemaChange
                metadata: {name: %s, namespace: %s}
                spec:
                  database: %s
                  changes:
                    - addCheck: {table: orders, name: orders_total, expression: total >= 0}
                """.formatted(name, namespace, database);
        String[] arguments = new String[3 + more.length];
        arguments[0] = "apply";
        arguments[1] = "-f";
        arguments[2] = "-";
        System.arraycopy(more, 0, arguments, 3, more.length);
        return Kubectl.run(manifest, arguments);
    }
}
