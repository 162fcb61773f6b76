package dev.phaselock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl;
import dev.phaselock.api.PhaseStatus;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.e2e.Change;
import dev.phaselock.e2e.Installation;
import dev.phaselock.e2e.JobWatch;
import dev.phaselock.e2e.PasswordSearch;
import dev.phaselock.e2e.Site;
import dev.phaselock.e2e.WatchedEnd;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From {@code kubectl apply} to a validated constraint, with the operator and the runner as they are delivered. */
class EndToEndIT {
    private static final String FOREIGN_KEY = "{addForeignKey: {table: orders, name: orders_customer_fk,"
            + " columns: [customer_id], references: {table: customers, columns: [id]}}}";
    private static final String CHECK = "{addCheck: {table: orders, name: orders_total, expression: total >= 0}}";

    private Site site;

    @BeforeEach
    void newSite() throws Exception {
        site = Site.create();
        site.shop();
    }

    @AfterAll
    static void noPasswordIsAnywhere() throws Exception {
        PasswordSearch.assertNoneFound();
    }

    @Test
    void aForeignKeyAndACheckBecomeValidAndEverythingSaysSo() throws Exception {
        Change change = site.apply("orders", "[" + FOREIGN_KEY + ", " + CHECK + "]");

        var wait = site.kubectl("", "wait", "--for=condition=Ready", "--timeout=90s", "schg/orders");
        assertThat(wait.exitCode()).as(wait.text() + change.yaml()).isZero();

        assertThat(site.constraints()).containsExactly("orders_customer_fk valid", "orders_total valid");
        SchemaChange resource = change.resource().get();
        var status = resource.getStatus();
        assertThat(status.observedGeneration()).isEqualTo(resource.getMetadata().getGeneration());
        assertThat(status.conditions())
                .extracting(Condition::getType, condition -> condition.getStatus() + "/" + condition.getReason())
                .containsExactlyInAnyOrder(
                        tuple("Ready", "True/Succeeded"),
                        tuple("Accepted", "True/Accepted"),
                        tuple("Approved", "True/NotRequired"),
                        tuple("Applied", "True/Applied"),
                        tuple("Validated", "True/Validated"));
        assertThat(status.conditions())
                .extracting(Condition::getObservedGeneration)
                .containsOnly(resource.getMetadata().getGeneration());
        assertThat(change.phases())
                .containsExactly(
                        "Preflight Done", "Apply Done", "Validate Done", "Verify Done", "Apply Done", "Validate Done");
        PhaseStatus apply = change.apply();
        assertThat(apply.sql()).singleElement().asString().contains("FOREIGN KEY", "NOT VALID");
        assertThat(apply.locks()).hasSize(2).allMatch(lock -> lock.contains("SHARE ROW EXCLUSIVE"));
        assertThat(apply.tries()).isPositive();
        assertThat(status.serverVersion()).startsWith("18");
        assertThat(status.completed()).isNotNull();

        List<String> table =
                site.kubectl("", "get", "schemachanges").text().lines().toList();
        assertThat(table.getFirst().split(" +"))
                .containsExactly("NAME", "TARGET", "CHANGE", "READY", "STEP", "TRIES", "AGE");
        assertThat(table.get(1)).startsWith("orders ").contains("public.orders", "True", "Ready");
        assertThat(site.kubectl("", "get", "schg", "-o", "wide").text())
                .contains("REASON", "MESSAGE", "All phases are done.");
        assertThat(events("orders")).contains("Accepted", "Applied", "Succeeded");
        // The result is known before the Job's own end is.
        change.until(() -> assertThat(Installation.get()
                        .client()
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(site.namespace())
                        .list()
                        .getItems())
                .hasSize(6)
                .extracting(job -> job.getSpec().getTtlSecondsAfterFinished())
                .containsOnly(600));
    }

    @Test
    void rowsThatViolateACheckAreNamedAndItGoesOnByItselfOnceTheyAreGone() throws Exception {
        site.sql("UPDATE orders SET total = -1 WHERE id IN (7, 42)");
        List<String> before = site.catalog();

        Change change = site.apply("total", "[" + CHECK + "]").awaitStalled("ConstraintViolated");

        assertThat(change.says("Ready")).isEqualTo("False/ConstraintViolated");
        assertThat(change.status().violations()).singleElement().satisfies(violation -> {
            assertThat(violation.constraint()).isEqualTo("orders_total");
            assertThat(violation.table()).isEqualTo("public.orders");
            assertThat(violation.count()).isEqualTo(2);
            assertThat(violation.sample())
                    .hasSize(2)
                    .anyMatch(key -> key.contains("7"))
                    .anyMatch(key -> key.contains("42"));
        });
        assertThat(site.catalog()).as("looked before adding").isEqualTo(before);
        assertThat(events("total")).contains("ConstraintViolated");

        site.sql("DELETE FROM orders WHERE total < 0");
        change.awaitReady();
        assertThat(site.constraints()).containsExactly("orders_total valid");
        assertThat(change.status().violations()).isNullOrEmpty();
        assertThat(change.says("Stalled")).isEqualTo("-");
    }

    @Test
    void anIndexIsBuiltAndAUniqueKeyOfDuplicatesIsStalledUntilTheyAreGone() throws Exception {
        site.sql("UPDATE orders SET note = id::text", "UPDATE orders SET note = 'same' WHERE id IN (7, 42)");

        Change change = site.apply(
                        "note",
                        "[{createIndex: {table: orders, name: orders_customer_idx, columns: [{name: customer_id}]}},"
                                + " {addUnique: {table: orders, name: orders_note_key, columns: [note]}}]")
                .awaitStalled("ConstraintViolated");

        assertThat(change.status().violations()).singleElement().satisfies(violation -> {
            assertThat(violation.constraint()).isEqualTo("orders_note_key");
            assertThat(violation.count()).isEqualTo(2);
            assertThat(violation.sample()).singleElement().asString().contains("same");
        });
        assertThat(site.database()
                        .query("SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                                + " WHERE indrelid = 'orders'::regclass AND NOT indisvalid"))
                .as("nothing of the build stays")
                .isEmpty();

        site.sql("UPDATE orders SET note = 'other' WHERE id = 42");
        change.awaitReady();
        assertThat(site.database()
                        .query(
                                "SELECT relname || ' ' || indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                                        + " WHERE indrelid = 'orders'::regclass ORDER BY 1"))
                .containsExactly("orders_customer_idx true", "orders_note_key true", "orders_pkey true");
        assertThat(change.phases()).contains("Index Done", "Apply Done");
        assertThat(change.says("Validated")).isEqualTo("True/Validated");
        assertThat(events("note")).contains("ConstraintViolated", "Succeeded");
    }

    @Test
    void whoAnIndexWaitsForIsNamedAndADeletionEndsTheBuild() throws Exception {
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            Change change = site.apply(
                            "index",
                            "[{createIndex: {table: orders, name: orders_customer_idx, columns: [{name: customer_id}]}}]")
                    .awaitStep("Indexing");
            change.until(() -> {
                assertThat(change.status().blockers())
                        .singleElement()
                        .satisfies(blocker -> assertThat(blocker.application()).isEqualTo("nightly-import"));
                assertThat(site.kubectl("", "get", "schg", "index", "-o", "wide")
                                .text())
                        .contains("nightly-import");
            });
            assertThat(site.kubectl("", "delete", "schg", "index", "--timeout=60s")
                            .exitCode())
                    .isZero();
            nightly.rollback();
        }
        // Asked for again it takes what the first left, and finishes.
        Change again = site.apply(
                "index", "[{createIndex: {table: orders, name: orders_customer_idx, columns: [{name: customer_id}]}}]");
        again.awaitReady();
        assertThat(site.database()
                        .query(
                                "SELECT relname || ' ' || indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                                        + " WHERE indrelid = 'orders'::regclass ORDER BY 1"))
                .containsExactly("orders_customer_idx true", "orders_pkey true");
    }

    @Test
    void statementsOfSqlAreCarriedOutAsChangesAre() throws Exception {
        String manifest = site.manifest("migration", Site.SECRET, "[]").replace("  changes: []\n", """
                  sql: |
                    BEGIN;
                    ALTER TABLE orders
                      ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
                      ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
                    COMMIT;
                    CREATE INDEX CONCURRENTLY orders_customer_idx ON orders (customer_id);
                """);
        assertThat(site.kubectl(manifest, "apply", "-f", "-").exitCode()).isZero();
        Change change = new Change(site, "migration");
        change.awaitReady();

        assertThat(site.constraints()).containsExactly("orders_customer_fk valid", "orders_total_positive valid");
        assertThat(site.database()
                        .query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_customer_idx'::regclass"))
                .containsExactly("t");
        assertThat(change.phases()).contains("Index Done", "Validate Done");
    }

    @Test
    void sqlThatIsNotUnderstoodIsStalledWithItsPlaceAndRunsNothing() throws Exception {
        String manifest = site.manifest("migration", Site.SECRET, "[]").replace("  changes: []\n", """
                  sql: |
                    ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
                    UPDATE orders SET total = total + 1;
                """);
        List<String> before = site.catalog();
        assertThat(site.kubectl(manifest, "apply", "-f", "-").exitCode()).isZero();
        Change change = new Change(site, "migration").awaitStalled("InvalidSpec");

        assertThat(change.message("Stalled"))
                .contains(
                        "sql: line 2, column 1: UPDATE orders SET total = total + 1: a new value depends on the old one");
        assertThat(site.catalog()).isEqualTo(before);
        assertThat(site.kubectl(manifest.replace("    UPDATE orders SET total = total + 1;\n", ""), "apply", "-f", "-")
                        .exitCode())
                .isZero();
        change.awaitReady();
        assertThat(site.constraints()).containsExactly("orders_total_positive valid");
    }

    @Test
    void whoIsInTheWayIsNamedWhileItWaitsAndItGoesOnWhenTheyEnd() throws Exception {
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            int pid = pid(nightly);
            Change change = site.apply("orders", "[" + FOREIGN_KEY + "]").awaitStep("WaitingForLock");

            change.until(() -> assertThat(change.status().blockers())
                    .singleElement()
                    .satisfies(blocker -> {
                        assertThat(blocker.application()).isEqualTo("nightly-import");
                        assertThat(blocker.state()).isEqualTo("idle in transaction");
                        assertThat(blocker.mode()).isEqualTo("ROW EXCLUSIVE");
                        assertThat(blocker.relation()).isEqualTo("public.orders");
                        assertThat(blocker.age()).isNotBlank();
                        assertThat(blocker.pid()).isEqualTo(pid);
                    }));
            assertThat(change.says("Reconciling")).isEqualTo("True/WaitingForLock");
            assertThat(change.says("Stalled")).isEqualTo("-");
            assertThat(change.message("Ready")).contains("nightly-import");
            assertThat(site.constraints()).isEmpty();
            nightly.commit();

            change.awaitReady();
            assertThat(change.status().blockers()).isNullOrEmpty();
            assertThat(change.status().waited()).isNotBlank();
            assertThat(site.constraints()).containsExactly("orders_customer_fk valid");
        }
    }

    @Test
    void suspendCancelsAWaitingPhaseAndResumeFinishesIt() throws Exception {
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            Change change = site.apply("orders", "[" + FOREIGN_KEY + "]").awaitStep("WaitingForLock");

            change.suspend(true);
            change.awaitStep("Suspended");
            change.until(() -> assertThat(site.sessions()).isEmpty());
            assertThat(change.says("Ready")).isEqualTo("False/Suspended");
            nightly.commit();
            assertThat(site.constraints()).isEmpty();

            change.suspend(false);
            change.awaitReady();
            assertThat(site.constraints()).containsExactly("orders_customer_fk valid");
        }
    }

    @Test
    void aDeletionEndsThePodFirstAndDropsNothing() throws Exception {
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE customers SET name = 'x' WHERE id = 1");
                WatchedEnd end = new WatchedEnd(site)) {
            // The check comes first and is done; the key waits for customers.
            Change change = site.apply("orders", "[" + CHECK + ", " + FOREIGN_KEY + "]");
            // A phase of the check may wait for its lock for a moment, too: the key is it that waits for somebody.
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(change.status().blockers())
                            .isNotNull()
                            .anySatisfy(
                                    blocker -> assertThat(blocker.relation()).isEqualTo("public.customers")));
            assertThat(site.constraints()).containsExactly("orders_total valid");

            var delete = site.kubectl("", "delete", "schg", "orders", "--timeout=60s");
            assertThat(delete.exitCode()).as(delete.text()).isZero();

            assertThat(change.resource().get()).isNull();
            assertThat(site.sessions()).as("nothing of it works on").isEmpty();
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(end.ofChange()).isPositive());
            assertThat(end.ofLastPod()).isPositive().isLessThan(end.ofChange());
            nightly.commit();
            assertThat(site.constraints()).containsExactly("orders_total valid");
        }
    }

    @Test
    void twoChangesOfOneTableTakeTurns() throws Exception {
        try (JobWatch jobs = new JobWatch(site)) {
            String manifests = site.manifest("key", Site.SECRET, "[" + FOREIGN_KEY + "]") + "---\n"
                    + site.manifest("check", Site.SECRET, "[" + CHECK + "]");
            var applied = site.kubectl(manifests, "apply", "-f", "-");
            assertThat(applied.exitCode()).as(applied.text()).isZero();

            new Change(site, "key").awaitReady();
            new Change(site, "check").awaitReady();
            assertThat(jobs.made()).hasSize(7);
            assertThat(jobs.mostAsPlanned()).isEqualTo(1);
        }
        assertThat(site.constraints()).containsExactly("orders_customer_fk valid", "orders_total valid");
    }

    @Test
    void fourPhasesAtMostRunOnOneDatabaseAtOnceAndAllGetTheirTurn() throws Exception {
        List<String> names = IntStream.rangeClosed(1, 8).mapToObj(i -> "t" + i).toList();
        List<String> manifests = new ArrayList<>();
        for (String name : names) {
            site.sql("CREATE TABLE " + name + " (id int PRIMARY KEY, total int)");
            manifests.add(
                    site.manifest(name, Site.SECRET, "[{addCheck: {table: " + name + ", expression: total > 0}}]"));
        }
        try (JobWatch jobs = new JobWatch(site)) {
            var applied = site.kubectl(String.join("---\n", manifests), "apply", "-f", "-");
            assertThat(applied.exitCode()).as(applied.text()).isZero();

            names.forEach(name -> new Change(site, name).awaitReady());
            assertThat(jobs.made()).hasSize(32);
            assertThat(jobs.most()).isEqualTo(4);
        }
        assertThat(site.constraints()).hasSize(8).allMatch(constraint -> constraint.endsWith(" valid"));
    }

    @Test
    void anOperatorThatWasKilledGoesOnWhereItWas() throws Exception {
        var operator = Installation.get().operator();
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1");
                JobWatch jobs = new JobWatch(site)) {
            Change change = site.apply("orders", "[" + FOREIGN_KEY + "]").awaitStep("WaitingForLock");

            operator.kill();
            nightly.commit();
            // The runner does not need the operator to finish its phase.
            change.until(() -> assertThat(site.constraints()).containsExactly("orders_customer_fk not valid"));
            operator.start();

            change.awaitReady();
            assertThat(site.constraints()).containsExactly("orders_customer_fk valid");
            assertThat(jobs.made()).as("Preflight, Apply, Validate: none twice").hasSize(3);
        }
    }

    @Test
    void theOperatorMayNeitherReadSecretsNorMakeOrEnterPods() {
        for (String verb : List.of("get", "list", "watch", "create", "update", "patch", "delete")) {
            assertThat(operatorMay(verb, "secrets")).as(verb + " secrets").isFalse();
        }
        for (String verb : List.of("create", "update", "patch", "delete")) {
            assertThat(operatorMay(verb, "pods")).as(verb + " pods").isFalse();
        }
        for (String subresource : List.of("exec", "attach", "portforward", "ephemeralcontainers")) {
            assertThat(operatorMay("create", "pods", "--subresource=" + subresource))
                    .as(subresource)
                    .isFalse();
            assertThat(operatorMay("get", "pods", "--subresource=" + subresource))
                    .as(subresource)
                    .isFalse();
        }
        assertThat(operatorMay("create", "serviceaccounts", "--subresource=token"))
                .isFalse();
        assertThat(operatorMay("create", "jobs.batch"))
                .as("the question is right")
                .isTrue();
        assertThat(operatorMay("get", "pods", "--subresource=log"))
                .as("the question is right")
                .isTrue();
    }

    private static int pid(Connection session) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    private boolean operatorMay(String... question) {
        List<String> arguments = new ArrayList<>(List.of("-n", site.namespace(), "auth", "can-i"));
        arguments.addAll(List.of(question));
        var answer = Kubectl.run(Installation.get().operator().kubeconfig(), "", arguments.toArray(String[]::new));
        return switch (answer.text().strip().lines().toList().getLast()) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new AssertionError(answer.text());
        };
    }

    /** The reasons of the events about a change. */
    private List<String> events(String change) {
        return Installation.get()
                .client()
                .events()
                .v1()
                .events()
                .inNamespace(site.namespace())
                .list()
                .getItems()
                .stream()
                .filter(event -> event.getRegarding().getName().equals(change))
                .map(Event::getReason)
                .toList();
    }
}
