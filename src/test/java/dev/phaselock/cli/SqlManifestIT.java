package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A file of SQL, run as it is, and as the SchemaChange that is made from it. */
class SqlManifestIT {
    private static final String SCHEMA = """
            CREATE SCHEMA "App";
            CREATE TABLE customers (id int, region text, PRIMARY KEY (id, region));
            CREATE TABLE "App"."Orders" (id int, customer_id int, "Region" text, total int DEFAULT 3, note text NOT NULL,
                CONSTRAINT old CHECK (total < 1000), CONSTRAINT "Odd ""one" CHECK (total <> 13));
            ALTER TABLE "App"."Orders" ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
            INSERT INTO customers SELECT g, 'r' FROM generate_series(1, 20) g;
            INSERT INTO "App"."Orders" SELECT g, g, 'r', g + 20, 'n' || g FROM generate_series(1, 20) g""";

    private static final String SQL = """
            BEGIN;
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE "App"."Orders"
                ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id, "Region")
                    REFERENCES customers (id, region) MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID,
                ADD CONSTRAINT positive CHECK (total >= 0 AND note <> ', )' /* an odd one */ AND id = ANY (ARRAY[id, 2])),
                DROP CONSTRAINT old;
            COMMIT;
            ALTER TABLE "App"."Orders" VALIDATE CONSTRAINT orders_customer_fk;
            ALTER TABLE "App"."Orders" VALIDATE CONSTRAINT later;
            ALTER TABLE "App"."Orders" ALTER note SET DEFAULT coalesce('a, b', upper('c')), ALTER total DROP DEFAULT;
            ALTER TABLE "App"."Orders" ALTER total SET NOT NULL, ALTER note DROP NOT NULL;
            ALTER TABLE "App"."Orders" RENAME CONSTRAINT "Odd ""one" TO even;
            ALTER TABLE "App"."Orders" ADD UNIQUE (note) INCLUDE (total) DEFERRABLE;
            ALTER TABLE "App"."Orders" ADD PRIMARY KEY (id);
            CREATE INDEX CONCURRENTLY orders_note ON "App"."Orders"
                (note COLLATE "C" text_pattern_ops DESC NULLS LAST, lower("Region"), (total + id) DESC) INCLUDE (total)
                WITH (fillfactor = 70) WHERE total > 0 AND (note LIKE 'n%' OR total IN (1, 2));
            """;

    private static final String WHAT_IS_THERE = """
            SELECT c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) || ' ' || c.convalidated
            FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = 'Orders' AND c.contype <> 'n'
            UNION ALL SELECT pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid FROM pg_index i
            JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = 'Orders'
            UNION ALL SELECT a.attname || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '-')
            FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
            LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
            WHERE t.relname = 'Orders' AND a.attnum > 0 ORDER BY 1""";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theSchemaIsTheSameAfterwards(PgServer server) throws Exception {
        PgDatabase plain = shop(server);
        for (String statement : SQL.split(";\n", -1)) {
            if (!statement.isBlank()) {
                plain.execute(statement.replace("BEGIN", "SELECT 1").replace("COMMIT", "SELECT 1"));
            }
        }
        Path file = Files.writeString(folder.resolve("V7__Orders.sql"), SQL);

        CommandRun made = CommandRun.of("plan", "--sql", file.toString());
        assertThat(made.exit()).as(made.err()).isZero();
        assertThat(made.out()).contains("name: v7-orders").contains("name: app-db");
        Path manifest = Files.writeString(folder.resolve("orders.yaml"), made.out());
        PgDatabase ours = shop(server);
        CommandRun run = CommandRun.of("run", "-f", manifest.toString(), "--url", ours.url());
        assertThat(run.exit()).as(run.out() + run.err()).isZero();

        List<String> expected = plain.query(WHAT_IS_THERE);
        assertThat(expected).hasSizeGreaterThan(12);
        assertThat(ours.query(WHAT_IS_THERE)).isEqualTo(expected);
    }

    @Test
    void whatCannotBeMadeIsToldWithItsPlaceAndNothingIsPrinted() throws Exception {
        Path file = Files.writeString(folder.resolve("x.sql"), "ALTER TABLE t ADD CHECK (a > 0);\n DROP RULE r ON t;");
        CommandRun run = CommandRun.of("plan", "--sql", file.toString());
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(file + ":2:2: DROP RULE r ON t: what it drops is not in the list");

        assertThat(CommandRun.of("plan", "--sql", folder + "/none.sql").err()).contains("there is no such file");
        Files.writeString(file, "-- nothing\n");
        assertThat(CommandRun.of("plan", "--sql", file.toString()).err()).contains("nothing to change");
        Files.writeString(file, "ALTER TABEL t;");
        assertThat(CommandRun.of("plan", "--sql", file.toString()).err()).contains(":1:7: syntax error");
        assertThat(CommandRun.of("plan", "--sql", "a", "-f", "b").err()).contains("either --file or --sql");
        assertThat(CommandRun.of("plan").err()).contains("Give --file FILE");
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SCHEMA.split(";\n", -1));
        return database;
    }
}
