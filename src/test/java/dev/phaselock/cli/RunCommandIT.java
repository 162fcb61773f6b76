package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.postgres.PgDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandIT {
    @TempDir
    private Path folder;

    private PgDatabase database;

    @BeforeEach
    void createShop() throws SQLException {
        database = Shops.create();
    }

    private CommandRun run(String manifest, String... options) throws IOException {
        String[] arguments = new String[options.length + 5];
        arguments[0] = "run";
        arguments[1] = "-f";
        arguments[2] = Shops.write(folder, manifest);
        arguments[3] = "--url";
        arguments[4] = database.url();
        System.arraycopy(options, 0, arguments, 5, options.length);
        return CommandRun.of(arguments);
    }

    @Test
    void addsAForeignKeyAndTellsWhatItCost() throws Exception {
        CommandRun run = run(Shops.manifest("fk", Shops.KEY, ""), "--output", "json");

        assertThat(run.exit()).as(run.err() + run.out()).isZero();
        assertThat(Shops.constraints(database)).containsExactly("orders_customer_fk|t");
        JsonNode document = run.json();
        assertThat(document.path("name").asText()).isEqualTo("default/fk");
        assertThat(document.path("ready").isBoolean()).isTrue();
        assertThat(document.path("ready").asBoolean()).isTrue();
        assertThat(document.path("violations").isArray()).isTrue();
        assertThat(document.path("blockers").isArray()).isTrue();
        assertThat(document.path("phases")).hasSize(2);
        for (JsonNode phase : document.path("phases")) {
            assertThat(phase.path("name").isTextual()).isTrue();
            assertThat(phase.path("state").asText()).isEqualTo("Done");
            assertThat(phase.path("sql").get(0).asText()).startsWith("ALTER TABLE");
            for (String number :
                    new String[] {"tries", "waitedMillis", "heldMillis", "writersDelayed", "longestDelayMillis"}) {
                assertThat(phase.path(number).isIntegralNumber()).as(number).isTrue();
            }
        }
        assertThat(document.path("phases").get(0).path("tries").asInt()).isPositive();
    }

    @Test
    void leavesAloneWhatIsThere() throws Exception {
        String manifest = Shops.manifest("fk", Shops.KEY, "");
        assertThat(run(manifest).exit()).isZero();
        String before = database.queryOne("SELECT oid FROM pg_constraint WHERE conname = 'orders_customer_fk'");

        CommandRun again = run(manifest);

        assertThat(again.exit()).isZero();
        assertThat(again.out()).contains("is there already");
        assertThat(database.queryOne("SELECT oid FROM pg_constraint WHERE conname = 'orders_customer_fk'"))
                .isEqualTo(before);
    }

    @Test
    void writesNoEscapeCodesWhereThereIsNoTerminal() throws Exception {
        Process process = CommandRun.process(
                folder, "run", "-f", Shops.write(folder, Shops.manifest("fk", Shops.KEY, "")), "-u", database.url());
        CommandRun run = CommandRun.ended(process, folder);

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("Ready").doesNotContain("\u001b").doesNotContain("\r");
        assertThat(run.err()).doesNotContain("\u001b");
    }

    @Test
    void readsStandardInput() throws Exception {
        Process process = CommandRun.process(folder, "run", "-f", "-", "-u", database.url());
        try (var input = process.outputWriter()) {
            input.write(Shops.manifest("fk", Shops.KEY, ""));
        }

        CommandRun run = CommandRun.ended(process, folder);

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(Shops.constraints(database)).containsExactly("orders_customer_fk|t");
    }

    @Test
    void carriesSeveralDocumentsOutInOrderAndSkipsOtherKinds() throws Exception {
        String file = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n---\n"
                + Shops.manifest("fk", Shops.KEY, "") + "---\nkind: Secret\napiVersion: v1\nmetadata: {name: s}\n---\n"
                + Shops.manifest("check", Shops.CHECK, "");

        CommandRun run = run(file, "-o", "json");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("skips a ConfigMap").contains("skips a Secret");
        assertThat(run.json().path("ready").asBoolean()).isTrue();
        assertThat(run.json().path("changes").findValuesAsText("message")).hasSize(2);
        assertThat(Shops.constraints(database)).containsExactly("orders_customer_fk|t", "total_positive|t");
    }

    @Test
    void endsAtViolationsWhenAskedNotToWait() throws Exception {
        database.execute("INSERT INTO orders VALUES (1001, 1, -1), (1002, 1, -2)");

        CommandRun run = run(Shops.manifest("check", Shops.CHECK, ""), "--no-wait", "-o", "json");

        assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(4);
        assertThat(run.json().path("ready").asBoolean(true)).isFalse();
        JsonNode violations = run.json().path("violations").get(0);
        assertThat(violations.path("constraint").asText()).isEqualTo("total_positive");
        assertThat(violations.path("count").asLong()).isEqualTo(2);
        assertThat(violations.path("sample").get(0).asText()).contains("1001");
        assertThat(run.json().path("phases").get(0).path("state").asText()).isEqualTo("Violated");
        assertThat(run.json().path("phases").get(1).path("state").asText()).isEqualTo("Pending");
        assertThat(Shops.constraints(database)).isEmpty();
    }

    @Test
    void goesOnByItselfOnceViolatingRowsAreGone() throws Exception {
        database.execute("INSERT INTO orders VALUES (1001, 1, -1)");
        Process process = CommandRun.process(
                folder,
                "run",
                "-f",
                Shops.write(folder, Shops.manifest("check", Shops.CHECK, "")),
                "-u",
                database.url());
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Files.readString(folder.resolve("out")).contains("violate total_positive"));

        database.execute("DELETE FROM orders WHERE id = 1001");

        assertThat(CommandRun.ended(process, folder).exit()).isZero();
        assertThat(Shops.constraints(database)).containsExactly("total_positive|t");
    }

    @Test
    void endsAtTheDeadlineAndNamesWhoIsInTheWay() throws Exception {
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.execute("SET application_name = 'nightly report'");
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE");

            CommandRun run = run(Shops.manifest("fk", Shops.KEY, "locks: {deadline: 1s}\n"), "-o", "json");

            assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(5);
            JsonNode blocker = run.json().path("blockers").get(0);
            assertThat(blocker.path("application").asText()).isEqualTo("nightly report");
            assertThat(blocker.path("mode").asText()).isEqualTo("ROW EXCLUSIVE");
        }
        assertThat(Shops.constraints(database)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void isInterruptedWithinSeconds(String signal) throws Exception {
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE");
            Process process = CommandRun.process(
                    folder,
                    "run",
                    "-f",
                    Shops.write(folder, Shops.manifest("fk", Shops.KEY, "")),
                    "-u",
                    database.url());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readString(folder.resolve("out")).contains("waits"));

            long asked = System.nanoTime();
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            CommandRun run = CommandRun.ended(process, folder);

            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));
            assertThat(run.exit()).isEqualTo(6);
            assertThat(run.out()).contains("Interrupted");
        }
        assertThat(Shops.constraints(database)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "table: nowhere, columns: [customer_id], references: {table: customers};nowhere",
                "table: orders, columns: [custmer_id], references: {table: customers};customer_id",
                "`table: '\"orders; DROP TABLE customers; --\"', columns: [a], references: {table: customers}`;DROP TABLE",
                "`table: '\"%s\"', columns: ['\"na''me\"'], references: {table: customers}`;%s"
            },
            delimiter = ';')
    void refusesWhatIsNotThereAndNamesIt(String key, String named) throws Exception {
        CommandRun run = run(Shops.manifest("fk", "- addForeignKey: {" + key + "}\n", ""), "-o", "json");

        assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(3);
        assertThat(run.json().path("reason").asText()).isEqualTo("InvalidTarget");
        assertThat(run.json().path("message").asText()).contains(named);
        assertThat(database.query("SELECT to_regclass('customers')")).containsExactly("customers");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "total > 0); DROP TABLE customers; --",
                "total > 0), DROP COLUMN total, ADD CHECK (true",
                "total > 0) NOT VALID --",
                "total > 0 /*",
                "total",
                "total > 'a\\'",
                "total > 0; SELECT 1",
                "total >"
            })
    void refusesWhatIsNotOneBooleanExpressionAndRunsNothing(String expression) throws Exception {
        String quoted = "'" + expression.replace("'", "''") + "'";
        CommandRun run =
                run(Shops.manifest("c", "- addCheck: {table: orders, expression: " + quoted + "}\n", ""), "-o", "json");

        assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(3);
        assertThat(run.json().path("reason").asText()).isEqualTo("InvalidExpression");
        assertThat(Shops.constraints(database)).isEmpty();
        assertThat(database.query("SELECT to_regclass('customers')")).containsExactly("customers");
        assertThat(database.query("SELECT count(total) FROM orders")).containsExactly("100");
    }

    @Test
    void refusesARoleWithoutPrivilegesWithTheStatementToRun() throws Exception {
        var role = database.newRole("");
        String file = Shops.write(folder, Shops.manifest("fk", Shops.KEY, ""));

        CommandRun run = CommandRun.of("run", "-f", file, "--url", database.url(role));

        assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(3);
        assertThat(run.out()).contains("PermissionDenied").doesNotContain(role.password());
    }
}
