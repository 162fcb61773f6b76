package dev.phaselock.cli.demo;

import dev.phaselock.cli.Shop;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * The demonstration's scenes. The first and the last are windows of the same length with the same processes at work: a
 * SchemaChange on a table that nobody writes to (no DDL in the writers' way), the one on the orders, and the plain ALTER.
 */
public final class Demo {
    private static final int WRITERS = 4;
    private static final int CUSTOMERS = 100_000;
    private static final Duration WINDOW = Duration.ofSeconds(25);
    private static final Duration LONG_TRANSACTION = Duration.ofSeconds(12);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final PrintWriter out;
    private final String url;
    private final Kubectl kubectl;
    private final Path examples;
    private final Path reports;
    private final int orders;
    private final List<Window> windows = new ArrayList<>();

    /**
     * @param url JDBC, of the owner of the tables
     * @param reports where the report goes
     */
    public Demo(PrintWriter out, String url, Path kubeconfig, Path examples, Path reports, int orders) {
        this.out = out;
        this.url = url;
        this.kubectl = new Kubectl(kubeconfig);
        this.examples = examples;
        this.reports = reports;
        this.orders = orders;
    }

    /**
     * Plays all scenes.
     *
     * @return the exit code: 0 when the changes got ready and the report is written
     */
    public int run() throws IOException, SQLException, InterruptedException, ExecutionException {
        say("fills a shop: " + orders + " orders, " + CUSTOMERS + " customers");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            Shop.create(statement, orders, CUSTOMERS);
            statement.execute("CREATE TABLE archive AS SELECT * FROM orders");
            statement.execute("CREATE TABLE archived_customers AS SELECT id FROM customers");
            statement.execute("ALTER TABLE archived_customers ADD PRIMARY KEY (id)");
            statement.execute("ANALYZE archive, archived_customers");
        }
        Path archive = Files.writeString(Files.createDirectories(reports).resolve("archive-fk.yaml"), ARCHIVE_KEY);
        try (Load load = Load.start(url, WRITERS, orders, CUSTOMERS)) {
            pause(Duration.ofSeconds(3));
            scene("Writers at work, a long transaction, and a foreign key on another table: no DDL in their way");
            windows.add(window(load, "no DDL", "none", () -> ready("archive-fk", archive)));

            scene("kubectl apply -f examples/orders-customer-fk.yaml, while " + LongTransaction.APPLICATION
                    + " stands in the way");
            windows.add(window(
                    load,
                    "Phaselock",
                    "phaselock/%",
                    () -> ready("orders-customer-fk", examples.resolve("orders-customer-fk.yaml"))));

            scene("A check that three orders violate");
            check();

            scene("For comparison: the plain ALTER TABLE, on the same data, behind the same long transaction");
            execute("ALTER TABLE orders DROP CONSTRAINT orders_customer_fk");
            windows.add(window(load, "plain ALTER TABLE", "plain-alter", this::plainAlter));
        }
        out.println();
        out.print(DemoReport.table(windows));
        DemoReport.write(reports, windows);
        out.println();
        say("report: " + reports.resolve("report.html"));
        verdict();
        out.flush();
        return 0;
    }

    private void verdict() {
        Window none = windows.get(0);
        Window phaselock = windows.get(1);
        Window plain = windows.get(2);
        out.printf(
                java.util.Locale.ROOT,
                "The longest write took %.0f ms with Phaselock, %.0f ms without any DDL, and %.0f ms with the plain ALTER.%n",
                phaselock.longestMillis(),
                none.longestMillis(),
                plain.longestMillis());
    }

    private interface Work {
        void run() throws IOException, SQLException, InterruptedException, ExecutionException;
    }

    /** Runs a piece of work behind a long transaction, and cuts a window of a fixed length out of the writers' log. */
    private Window window(Load load, String name, String owedTo, Work work)
            throws IOException, SQLException, InterruptedException, ExecutionException {
        long from = System.nanoTime();
        try (OwedWaits owed = OwedWaits.start(url, owedTo)) {
            CompletableFuture<Void> blocker = LongTransaction.start(url, LONG_TRANSACTION);
            pause(Duration.ofMillis(500));
            work.run();
            blocker.get();
            LockSupport.parkNanos(Math.max(0, from + WINDOW.toNanos() - System.nanoTime()));
            owed.close();
            return new Window(
                    name, from, WINDOW.toNanos(), load.between(from, from + WINDOW.toNanos()), owed.longestMillis());
        }
    }

    /** Applies a SchemaChange and prints its line of {@code kubectl get} whenever it changes, until it is ready. */
    private void ready(String name, Path manifest) throws IOException, InterruptedException {
        out.println(kubectl.run("apply", "-f", manifest.toString()).strip());
        watch(name, "True");
    }

    private void watch(String name, String wanted) throws IOException, InterruptedException {
        String before = "";
        String blockersBefore = "";
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String table = kubectl.run("get", "schemachange", name);
            List<String> lines = table.lines().toList();
            String line = lines.getLast();
            String withoutAge = line.replaceFirst("\\s+\\S+$", "");
            if (!withoutAge.equals(before)) {
                // Both lines: kubectl fits its columns to what stands in them.
                out.println("  " + lines.getFirst());
                out.println("  " + line);
                out.flush();
                before = withoutAge;
            }
            String blockers = kubectl.run(
                    "get",
                    "schemachange",
                    name,
                    "-o",
                    "jsonpath={range .status.blockers[*]}pid {.pid} ({.application}), {.state}, {.mode} on {.relation}{\"\\n\"}{end}");
            if (!blockers.isBlank() && !blockers.equals(blockersBefore)) {
                out.println("    in the way: " + blockers.strip().replace("\n", "\n                "));
                out.flush();
                blockersBefore = blockers;
            }
            String status = kubectl.run(
                    "get",
                    "schemachange",
                    name,
                    "-o",
                    "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}{.status.conditions[?(@.type==\"Stalled\")].status}");
            if (wanted.equals("Stalled") ? status.equals("FalseTrue") : status.equals(wanted)) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IOException(name + " did not get " + wanted + " in time:\n"
                        + kubectl.run("describe", "schemachange", name));
            }
            pause(Duration.ofMillis(400));
        }
    }

    private void check() throws IOException, SQLException, InterruptedException {
        execute("UPDATE orders SET total = -1 - id WHERE id IN (11, 22, 33)");
        out.println(kubectl.run(
                        "apply",
                        "-f",
                        examples.resolve("orders-total-check.yaml").toString())
                .strip());
        watch("orders-total-check", "Stalled");
        out.println("  "
                + kubectl.run(
                                "get",
                                "schemachange",
                                "orders-total-check",
                                "-o",
                                "jsonpath={range .status.violations[*]}{.table}: {.count} rows violate {.constraint}, for instance {.sample[*]}{end}")
                        .strip());
        say("cleans up: UPDATE orders SET total = 0 WHERE total < 0; it goes on by itself");
        execute("UPDATE orders SET total = 0 WHERE total < 0");
        watch("orders-total-check", "True");
    }

    private void plainAlter() throws SQLException {
        out.println(
                "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id)");
        out.flush();
        try (Connection connection = DriverManager.getConnection(url + "&ApplicationName=plain-alter");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id)");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void scene(String title) {
        out.println();
        say(title);
    }

    private void say(String text) {
        out.println("▸ " + text);
        out.flush();
    }

    private static void pause(Duration duration) {
        LockSupport.parkNanos(duration.toNanos());
    }

    private static final String ARCHIVE_KEY = """
            apiVersion: phaselock.dev/v1alpha1
            kind: SchemaChange
            metadata:
              name: archive-fk
            spec:
              database:
                secretRef:
                  name: shop-db-app
              changes:
                - addForeignKey:
                    table: archive
                    columns: [customer_id]
                    references:
                      table: archived_customers
            """;
}
