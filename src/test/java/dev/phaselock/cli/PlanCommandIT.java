package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.postgres.PgDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandIT {
    @TempDir
    private Path folder;

    @Test
    void showsPhasesSqlLocksAndWhatWritersFeelWithoutADatabase() throws Exception {
        CommandRun run = CommandRun.of("plan", "-f", Shops.write(folder, Shops.manifest("fk", Shops.KEY, "")));

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("NOT VALID")
                .contains("VALIDATE CONSTRAINT")
                .contains("public.orders: SHARE ROW EXCLUSIVE")
                .contains("writers")
                .doesNotContain("\u001b");
    }

    @Test
    void givesTheSameAsJson() throws Exception {
        CommandRun run =
                CommandRun.of("plan", "-f", Shops.write(folder, Shops.manifest("fk", Shops.KEY, "")), "-o", "json");

        assertThat(run.exit()).isZero();
        JsonNode phases = run.json().path("plan").path("phases");
        assertThat(phases).hasSize(2);
        assertThat(phases.get(0).path("sql").get(0).asText()).contains("NOT VALID");
        assertThat(phases.get(0).path("locks").get(0).asText()).contains("SHARE ROW EXCLUSIVE");
    }

    @Test
    void plansStatementsOfSql() throws Exception {
        String changes = Shops.manifest("sql", "", "").replace("  changes:\n", "  sql: |\n");
        String statement = "ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0);\n".indent(4);

        CommandRun run = CommandRun.of("plan", "-f", Shops.write(folder, changes + statement));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("ADD CONSTRAINT \"c\" CHECK", "NOT VALID", "VALIDATE CONSTRAINT \"c\"");

        CommandRun refused =
                CommandRun.of("plan", "-f", Shops.write(folder, changes + statement + "    TRUNCATE orders;\n"));
        assertThat(refused.exit()).isEqualTo(ExitCodes.USAGE);
        assertThat(refused.err()).contains("spec.sql: line 2, column 1: ");
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void plansEveryOperationWithoutADatabase() throws Exception {
        CommandRun run = CommandRun.of("plan", "-f", "examples/every-field.yaml", "-o", "json");

        assertThat(run.exit()).as(run.err() + run.out()).isZero();
        JsonNode phases = run.json().path("plan").path("phases");
        assertThat(phases).isNotEmpty().noneMatch(phase -> phase.path("done").asBoolean());
        assertThat(phases.findValuesAsText("label"))
                .contains(
                        "Add NOT NULL of quantity NOT VALID",
                        "Drop NOT NULL of remark",
                        "Validate orders_customer_fk",
                        "Drop orders_old_check",
                        "Rename orders_c1 to orders_total_check",
                        "Set the default of state",
                        "Drop the default of shop",
                        "Build index orders_state_idx",
                        "Drop index orders_old_idx",
                        "Attach public.events_2026_01 to public.events",
                        "Detach public.events_2024_01 from public.events",
                        "Make orders_shop_fk DEFERRABLE INITIALLY DEFERRED",
                        "Set storage parameters of public.orders",
                        "Comment on total",
                        "Enable row security of public.orders",
                        "Set the replica identity of public.orders",
                        "Add value 'returned' to public.order_state",
                        "Add orders_number_key",
                        "Build the index of order_lines_pkey",
                        "Drop column old_state",
                        "Add column priority",
                        "Fill token of the rows that are there",
                        "Add column seller_id",
                        "Validate orders_seller_id_positive",
                        "Build index orders_seller_id_idx",
                        "Put orders_remark_length in the place of the old one",
                        "Change the type of city",
                        "Set the statistics of state",
                        "Set the storage of invoice",
                        "Create trigger orders_audit",
                        "Drop trigger orders_old_audit",
                        "Drop table orders_2019",
                        "Create table public.order_events",
                        "Add email_has_at to public.email",
                        "Add bookings_no_overlap",
                        "Make id an identity column");
    }

    @Test
    void changesNothingAndWaitsForNobody() throws Exception {
        PgDatabase database = Shops.create();
        String file = Shops.write(folder, Shops.manifest("both", Shops.KEY + Shops.CHECK, ""));
        String log = "SELECT count(*) FROM pg_locks WHERE relation IN ('orders'::regclass, 'customers'::regclass)";
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // Whoever asks for any lock that a writer would feel waits for this one, for ever.
            statement.execute("LOCK TABLE orders, customers IN ROW EXCLUSIVE MODE");

            CommandRun run = CommandRun.of("plan", "-f", file, "--url", database.url());

            assertThat(run.exit()).as(run.err() + run.out()).isZero();
            assertThat(run.out()).contains("orders_customer_fk").contains("total_positive");
        }
        assertThat(Shops.constraints(database)).isEmpty();
        assertThat(database.queryOne(log)).isEqualTo("0");
    }

    @Test
    void tellsWhatIsThereAlready() throws Exception {
        PgDatabase database = Shops.create();
        database.execute("ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id)"
                + " REFERENCES customers (id) NOT VALID");

        CommandRun run = CommandRun.of(
                "plan",
                "-f",
                Shops.write(folder, Shops.manifest("fk", Shops.KEY, "")),
                "--url",
                database.url(),
                "-o",
                "json");

        JsonNode phases = run.json().path("plan").path("phases");
        assertThat(phases.get(0).path("done").asBoolean()).isTrue();
        assertThat(phases.get(1).path("done").asBoolean()).isFalse();
        assertThat(Shops.constraints(database)).containsExactly("orders_customer_fk|f");
    }

    @Test
    void refusesWhatCannotBeDone() throws Exception {
        PgDatabase database = Shops.create();
        String file = Shops.write(folder, Shops.manifest("fk", Shops.KEY.replace("orders\n", "oders\n"), ""));

        CommandRun run = CommandRun.of("plan", "-f", file, "--url", database.url());

        assertThat(run.exit()).isEqualTo(3);
        assertThat(run.out()).contains("InvalidTarget").contains("oders").contains("orders");
    }
}
