package dev.phaselock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.UndoStatus;
import dev.phaselock.e2e.Change;
import dev.phaselock.e2e.Installation;
import dev.phaselock.e2e.Site;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deleting a SchemaChange with deletionPolicy Revert, with the operator and the runner as they are delivered. */
class RevertIT {
    private static final String FOREIGN_KEY = "{addForeignKey: {table: orders, name: orders_customer_fk,"
            + " columns: [customer_id], references: {table: customers, columns: [id]}}}";
    private static final String CHECK = "{addCheck: {table: orders, name: orders_total, expression: total >= 0}}";
    private static final String INDEX =
            "{createIndex: {table: orders, name: orders_customer_idx, columns: [{name: customer_id}]}}";
    private static final String NOT_NULL = "{setNotNull: {table: orders, column: total}}";
    private static final String REVERT = "  deletionPolicy: Revert\n";

    private Site site;

    @BeforeEach
    void newSite() throws Exception {
        site = Site.create();
        site.shop();
    }

    private Change apply(String changes) {
        return site.apply("orders", Site.SECRET, changes, REVERT);
    }

    private void delete(String... options) {
        String[] all = new String[options.length + 3];
        all[0] = "delete";
        all[1] = "schg";
        all[2] = "orders";
        System.arraycopy(options, 0, all, 3, options.length);
        var answer = site.kubectl("", all);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    private List<String> definitions() throws Exception {
        return List.of(
                String.join(", ", site.catalog()),
                String.join(
                        ", ",
                        site.database()
                                .query("SELECT pg_get_indexdef(indexrelid) FROM pg_index"
                                        + " WHERE indrelid = 'orders'::regclass ORDER BY 1")),
                String.join(
                        ", ",
                        site.database()
                                .query("SELECT attname || attnotnull FROM pg_attribute"
                                        + " WHERE attrelid = 'orders'::regclass AND attnum > 0 ORDER BY 1")));
    }

    private List<Job> jobs() {
        return Installation.get()
                .client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(site.namespace())
                .list()
                .getItems();
    }

    private List<Event> events() {
        return Installation.get()
                .client()
                .events()
                .v1()
                .events()
                .inNamespace(site.namespace())
                .list()
                .getItems();
    }

    private void awaitGone(Change change) {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(change.resource().get()).isNull());
    }

    @Test
    void whatItAddedIsUndoneAndWhatWasThereBeforeStaysAlsoWhenArgoCdPrunes() throws Exception {
        site.sql("ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total >= 0)");
        List<String> before = definitions();
        Change change = apply("[" + FOREIGN_KEY + ", " + CHECK + ", " + INDEX + ", " + NOT_NULL + "]")
                .awaitReady();
        assertThat(definitions()).isNotEqualTo(before);

        // As Argo CD does: what the resource owns is deleted first.
        delete("--cascade=foreground", "--timeout=120s");

        assertThat(definitions()).isEqualTo(before);
        assertThat(change.resource().get()).isNull();
        assertThat(jobs())
                .allSatisfy(job ->
                        assertThat(job.getSpec().getTtlSecondsAfterFinished()).isNotNull());
        assertThat(events()).extracting(Event::getReason).contains("Reverting", "Reverted");
    }

    @Test
    void itIsPatientToldAndGoesOnAfterTheOperatorWasKilled() throws Exception {
        List<String> before = definitions();
        Change change = apply("[" + FOREIGN_KEY + "]").awaitReady();
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE customers SET name = 'x' WHERE id = 1")) {
            delete("--wait=false");
            change.awaitStep("Reverting");
            change.until(() -> assertThat(change.status().blockers())
                    .isNotNull()
                    .anySatisfy(blocker -> assertThat(blocker.application()).isEqualTo("nightly-import")));
            assertThat(change.says("Ready")).isEqualTo("False/WaitingForLock");
            assertThat(change.message("Ready")).contains("Undoing what was added", "nightly-import");
            Installation.get().operator().kill();
            Installation.get().operator().start();
            nightly.commit();
        }
        awaitGone(change);
        assertThat(definitions()).isEqualTo(before);
    }

    @Test
    void oneThatIsDeletedWhileAPhaseRunsLeavesNothing() throws Exception {
        List<String> before = definitions();
        Change change;
        try (Connection nightly = site.writeAndStay("nightly-import", "UPDATE orders SET note = 'x' WHERE id = 1")) {
            change = apply("[" + INDEX + "]").awaitStep("Indexing");
            change.until(() -> assertThat(change.status().blockers()).isNotEmpty());
            delete("--wait=false");
            nightly.rollback();
        }
        awaitGone(change);
        assertThat(definitions()).isEqualTo(before);
    }

    @Test
    void whatSomebodyAlteredSinceIsLeftAndNamed() throws Exception {
        Change change = apply("[" + CHECK + ", " + INDEX + "]").awaitReady();
        site.sql(
                "ALTER TABLE orders DROP CONSTRAINT orders_total",
                "ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total >= -1)");
        delete("--timeout=120s");
        assertThat(change.resource().get()).isNull();
        assertThat(site.constraints()).containsExactly("orders_total valid");
        assertThat(site.database().query("SELECT relname FROM pg_class WHERE relname = 'orders_customer_idx'"))
                .isEmpty();
        assertThat(events())
                .filteredOn(event -> "LeftAlone".equals(event.getReason()))
                .singleElement()
                .satisfies(event -> assertThat(event.getNote()).contains("orders_total"));
    }

    @Test
    void withoutItsSecretItIsStalledUntilRetainLetsItGo() throws Exception {
        Change change = apply("[" + CHECK + "]").awaitReady();
        Installation.get()
                .client()
                .secrets()
                .inNamespace(site.namespace())
                .withName(Site.SECRET)
                .delete();
        delete("--wait=false");
        change.until(() -> assertThat(change.says("Ready")).isEqualTo("False/SecretMissing"));
        var answer = site.kubectl(
                "", "patch", "schg", "orders", "--type=merge", "-p", "{\"spec\":{\"deletionPolicy\":\"Retain\"}}");
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        awaitGone(change);
        assertThat(site.constraints()).containsExactly("orders_total valid");
    }

    @Test
    void aNamespaceThatIsDeletedGoes() throws Exception {
        apply("[" + CHECK + "]").awaitReady();
        var answer = site.kubectl("", "delete", "namespace", site.namespace(), "--timeout=120s");
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    @Test
    void sqlThatCannotBeUndoneIsRefusedByPreflightAndOtherSqlIsUndone() throws Exception {
        List<String> before = definitions();
        String manifest = site.manifest("orders", Site.SECRET, "[]").replace("  changes: []\n", REVERT + """
                  sql: |
                    ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total >= 0);
                    CREATE INDEX ON orders (customer_id);
                """);
        assertThat(site.kubectl(manifest, "apply", "-f", "-").exitCode()).isZero();
        Change change = new Change(site, "orders").awaitStalled("InvalidSpec");
        assertThat(change.message("Stalled")).contains("deletionPolicy Revert: changes[1]", "cannot be undone");
        assertThat(definitions()).isEqualTo(before);
        assertThat(site.kubectl(manifest.replace("INDEX ON", "INDEX orders_customer_idx ON"), "apply", "-f", "-")
                        .exitCode())
                .isZero();
        change.awaitReady();
        assertThat(change.status().undo())
                .extracting(UndoStatus::part, UndoStatus::state)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("1.0", "Added"),
                        org.assertj.core.api.Assertions.tuple("1.1", "Added"),
                        org.assertj.core.api.Assertions.tuple("0.0", "Added"));
        delete("--timeout=120s");
        assertThat(definitions()).isEqualTo(before);
    }
}
