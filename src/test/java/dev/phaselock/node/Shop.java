package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.Kubectl;
import dev.phaselock.api.Kubectl.Answer;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer.PgRole;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/**
 * An application's namespace, which admits only restricted pods, with a database of its own that has customers and orders.
 *
 * @param owner of the database, whose Secret is {@code shop-db-app}
 */
record Shop(NodeInstallation installation, String namespace, PgDatabase database, PgRole owner) {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Customers 1 to 10 and so many orders of theirs. */
    static Shop create(int orders) throws SQLException {
        NodeInstallation installation = NodeInstallation.get();
        String name = "shop-" + NUMBER.incrementAndGet();
        PgDatabase database = installation.database().server().newDatabase();
        PgRole owner = new PgRole("owner_" + database.name(), installation.newPassword());
        database.execute(
                "CREATE ROLE " + owner.name() + " LOGIN PASSWORD '" + owner.password() + "'",
                "GRANT pg_monitor TO " + owner.name(),
                "ALTER DATABASE " + database.name() + " OWNER TO " + owner.name());
        Shop shop = new Shop(installation, name, database, owner);
        shop.sql(
                "CREATE TABLE customers (id int PRIMARY KEY, name text)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, note text)",
                "INSERT INTO customers SELECT g, 'Customer ' || g FROM generate_series(1, 10) AS g",
                "INSERT INTO orders SELECT g, 1 + g % 10, g FROM generate_series(1, " + orders + ") AS g");
        installation.restrictedNamespace(name);
        installation
                .client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("shop-db-app")
                        .withNamespace(name)
                        .endMetadata()
                        .withStringData(Map.of(
                                "uri",
                                "postgresql://" + owner.name() + ":" + owner.password() + "@" + ShopDatabase.HOST + "/"
                                        + database.name(),
                                "ca.crt",
                                installation.database().authority()))
                        .build())
                .create();
        return shop;
    }

    /** Runs statements as the owner, each in a transaction of its own. */
    void sql(String... statements) throws SQLException {
        try (Connection connection = database.connect(owner);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** A transaction that has written to a table and stays open. */
    Connection writeAndStay(String application, String write) throws SQLException {
        Connection connection = DriverManager.getConnection(
                database.jdbcUrl() + "?ApplicationName=" + application, owner.name(), owner.password());
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(write);
        }
        return connection;
    }

    /** {@code NAME valid} or {@code NAME not valid} of each check and foreign key. */
    List<String> constraints() throws SQLException {
        return database.query(
                "SELECT conname || CASE WHEN convalidated THEN ' valid' ELSE ' not valid' END FROM pg_constraint"
                        + " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace ORDER BY 1");
    }

    /** The addresses that Phaselock's sessions come from. */
    List<String> sessions() throws SQLException {
        return database.query("SELECT host(client_addr) FROM pg_stat_activity WHERE application_name LIKE 'phaselock/"
                + namespace + "/%' ORDER BY 1");
    }

    /** What {@code kubectl} says in this namespace; it has to succeed. */
    String kubectl(String... arguments) {
        return said(Kubectl.run(installation.cluster().kubeconfig(), "", inNamespace(arguments)));
    }

    /** {@code kubectl apply -f} of a file. */
    void apply(Path file) {
        kubectl("apply", "-f", file.toString());
    }

    /** {@code kubectl apply -f -} of a manifest. */
    void apply(String manifest) {
        said(Kubectl.run(installation.cluster().kubeconfig(), manifest, inNamespace("apply", "-f", "-")));
    }

    /** {@code kubectl wait} for a condition to be True. */
    void await(String condition, String change) {
        Answer answer = Kubectl.run(
                installation.cluster().kubeconfig(),
                "",
                inNamespace("wait", "--for=condition=" + condition, "--timeout=150s", "schemachange/" + change));
        assertThat(answer.exitCode())
                .as(answer.text() + kubectl("get", "schg,job,pod,event", "-o", "wide"))
                .isZero();
    }

    /** As it is now; null when it is gone. */
    @Nullable
    SchemaChange change(String name) {
        return installation
                .client()
                .resources(SchemaChange.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    /** {@code True/Reason} of a condition, or {@code -}. */
    String says(String change, String type) {
        SchemaChange now = change(change);
        return now == null || now.getStatus() == null || now.getStatus().conditions() == null
                ? "-"
                : now.getStatus().conditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .map(condition -> condition.getStatus() + "/" + condition.getReason())
                        .findFirst()
                        .orElse("-");
    }

    /** The message of a condition, or nothing. */
    String message(String change, String type) {
        return change(change).getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .map(condition -> condition.getMessage())
                .findFirst()
                .orElse("");
    }

    /** What the events of this namespace say. */
    List<String> events() {
        return installation.client().events().v1().events().inNamespace(namespace).list().getItems().stream()
                .map(event -> event.getReason() + ": " + event.getNote())
                .toList();
    }

    /** Waits until an assertion holds; for what takes a pod, a pause of Kubernetes, or both. */
    static void until(ThrowingRunnable assertion) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(assertion);
    }

    /** Waits until a change waits for a lock and says who holds it. */
    void untilWaitingForLock(String change) {
        until(() -> {
            assertThat(says(change, "Reconciling")).isEqualTo("True/WaitingForLock");
            assertThat(change(change).getStatus().blockers()).isNotEmpty();
        });
    }

    /** The only pod that runs and is not being deleted. */
    Pod running() {
        // A pod's phase may lag behind its container's end.
        List<Pod> running = pods().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null
                        && "Running".equals(pod.getStatus().getPhase())
                        && pod.getStatus().getContainerStatuses().stream()
                                .allMatch(container -> container.getState().getRunning() != null))
                .toList();
        assertThat(running).hasSize(1);
        return running.getFirst();
    }

    /** The pods, in the order in which they were made. */
    List<Pod> pods() {
        return installation.client().pods().inNamespace(namespace).list().getItems().stream()
                .sorted((one, other) -> one.getMetadata()
                        .getCreationTimestamp()
                        .compareTo(other.getMetadata().getCreationTimestamp()))
                .toList();
    }

    private String[] inNamespace(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "-n";
        all[1] = namespace;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return all;
    }

    private static String said(Answer answer) {
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        return answer.text();
    }
}
