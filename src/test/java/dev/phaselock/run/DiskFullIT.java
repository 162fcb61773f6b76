package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.local.SmallDisk;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real disk, of a database whose catalogs and tables are all on it, that gets full at any moment of a change. */
class DiskFullIT {
    /** The second while a session is opened: 13 cannot write its cache of catalogs then, and calls that internal. */
    private static final List<String> NO_ROOM = List.of("53100", "XX000");

    private static final List<String> STATES = List.of("null", "NOT VALID", "valid");

    /** So long that the catalog cannot hold it without growing. */
    private static final ChangeSpec CHECK = ChangeSpec.of(new AddCheckSpec(
            "orders",
            "wanted",
            IntStream.range(0, 300)
                    .mapToObj(i -> "total + " + i * 7919 % 10_007 + " >= 0")
                    .collect(Collectors.joining(" AND ")),
            null));

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void aDiskThatGetsFullAtAnyRequestOfAPhaseIsToldAndThePhaseGoesOnOnceThereIsRoom(int major, @TempDir Path folder)
            throws Exception {
        SmallDisk disk = new SmallDisk(Files.createDirectory(folder.resolve("disk")), 40);
        PgServer server = PgServers.startOwn(major, disk);
        try (CuttingProxy proxy = new CuttingProxy(server.port())) {
            PgDatabase database = shop(server, disk);
            WholeChange change = WholeChange.at(
                    database.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
                    WholeChange.ANY_DATABASE,
                    CHECK);
            PhaseResult.PlanSummary plan = change.preflight().plan();
            disk.fill();
            assertNoRoom(change.preflight());
            disk.makeRoom();
            for (PhaseResult.PhaseSummary phase : plan.phases()) {
                int told = 0;
                int request = 0;
                boolean wasFull;
                do {
                    request += 2;
                    undo(database, phase.name());
                    proxy.cutAt(request, null, disk::fill);
                    PhaseResult result = change.run(phase.name(), plan.hash());
                    wasFull = proxy.hasCut();
                    proxy.cutNothing();
                    if (result.outcome() != Outcome.DONE) {
                        assertNoRoom(result);
                        told++;
                    }
                    disk.makeRoom();
                    assertThat(state(database)).isIn(STATES);
                    PhaseResult again = change.run(phase.name(), plan.hash());
                    assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.DONE);
                } while (wasFull);
                assertThat(told).as(phase.name() + " met the full disk").isPositive();
            }
            assertThat(state(database)).isEqualTo("valid");
        } finally {
            server.local().delete();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void aValidationThatFindsNoRoomForItsTemporaryFilesGoesOnOnceThereIsSome(int major, @TempDir Path folder)
            throws Exception {
        SmallDisk disk = new SmallDisk(Files.createDirectory(folder.resolve("disk")), 60);
        PgServer server = PgServers.startOwn(major, disk);
        try {
            PgDatabase database = shop(server, disk);
            makeLarge(database);
            WholeChange change = WholeChange.foreignKey(database.url());
            String hash = change.preflight().plan().hash();
            assertThat(change.run("1-apply", hash).outcome()).isEqualTo(Outcome.DONE);
            disk.fill();
            PhaseResult full = change.run("2-validate", hash);
            assertNoRoom(full);
            assertThat(WholeChange.wanted(database)).endsWith("NOT VALID");
            disk.makeRoom();
            PhaseResult again = change.run("2-validate", hash);
            assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.DONE);
            assertThat(again.validated()).isTrue();
        } finally {
            server.local().delete();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void aBuildOfAnIndexThatFindsNoRoomBeginsAgainOnceThereIsSome(int major, @TempDir Path folder) throws Exception {
        SmallDisk disk = new SmallDisk(Files.createDirectory(folder.resolve("disk")), 60);
        PgServer server = PgServers.startOwn(major, disk);
        try (CuttingProxy proxy = new CuttingProxy(server.port())) {
            PgDatabase database = shop(server, disk);
            makeLarge(database);
            WholeChange change = WholeChange.at(
                    database.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
                    WholeChange.ANY_DATABASE,
                    WholeChange.INDEX);
            PhaseResult.PlanSummary plan = change.preflight().plan();
            String phase = plan.phases().getFirst().name();
            int told = 0;
            int request = 0;
            boolean wasFull;
            do {
                request += 2;
                database.execute("DROP INDEX IF EXISTS wanted");
                proxy.cutAt(request, null, disk::fill);
                PhaseResult result = change.run(phase, plan.hash());
                wasFull = proxy.hasCut();
                proxy.cutNothing();
                if (result.outcome() != Outcome.DONE) {
                    assertNoRoom(result);
                    told++;
                }
                disk.makeRoom();
                PhaseResult again = change.run(phase, plan.hash());
                assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.DONE);
                assertThat(database.query("SELECT c.relname || ' ' || i.indisvalid FROM pg_index AS i"
                                + " JOIN pg_class AS c ON c.oid = i.indexrelid"
                                + " WHERE i.indrelid = 'orders'::regclass AND NOT i.indisprimary"))
                        .containsExactly("wanted true");
            } while (wasFull);
            assertThat(told).isPositive();
        } finally {
            server.local().delete();
        }
    }

    @Test
    void aLimitOfTemporaryFilesIsNamed() throws Exception {
        PgDatabase database = PgServers.newest().newDatabase();
        WholeChange.createTables(database);
        makeLarge(database);
        PgRole user = database.newRole("");
        database.execute(
                "ALTER TABLE orders OWNER TO " + user.name(),
                "ALTER TABLE customers OWNER TO " + user.name(),
                "ALTER ROLE " + user.name() + " SET temp_file_limit = '100kB'");
        WholeChange change = WholeChange.foreignKey(database.url(user));
        String hash = change.preflight().plan().hash();
        assertThat(change.run("1-apply", hash).outcome()).isEqualTo(Outcome.DONE);
        PhaseResult limited = change.run("2-validate", hash);
        assertThat(limited.outcome()).as(limited.message()).isEqualTo(Outcome.TRANSIENT);
        assertThat(limited.sqlState()).isEqualTo("53400");
        assertThat(limited.message()).contains("temp_file_limit").contains("raise that setting");
        database.execute("ALTER ROLE " + user.name() + " RESET temp_file_limit");
        assertThat(change.run("2-validate", hash).outcome()).isEqualTo(Outcome.DONE);
    }

    private static void assertNoRoom(PhaseResult result) {
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TRANSIENT);
        assertThat(result.reason()).as(result.message()).isEqualTo(Reason.RETRYING);
        assertThat(result.sqlState()).as(result.message()).isIn(NO_ROOM);
        assertThat(result.message()).contains("make room on the server's disk");
    }

    private static PgDatabase shop(PgServer server, SmallDisk disk) throws SQLException {
        server.database("postgres")
                .execute(
                        "ALTER SYSTEM SET autovacuum = off",
                        "SELECT pg_reload_conf()",
                        "CREATE TABLESPACE small LOCATION '" + disk.folder() + "'",
                        "CREATE DATABASE shop TABLESPACE small");
        PgDatabase database = server.database("shop");
        WholeChange.createTables(database);
        return database;
    }

    /** So many rows that they cannot be compared without temporary files. */
    private static void makeLarge(PgDatabase database) throws SQLException {
        database.execute(
                "INSERT INTO customers SELECT generate_series(101, 100000)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(101, 100000) AS g",
                "ANALYZE",
                "ALTER DATABASE " + database.name() + " SET maintenance_work_mem = '1MB'",
                "ALTER DATABASE " + database.name() + " SET enable_mergejoin = off",
                "ALTER DATABASE " + database.name() + " SET max_parallel_workers_per_gather = 0");
    }

    /** To where a phase begins. */
    private static void undo(PgDatabase database, String phase) throws SQLException {
        if (phase.endsWith("validate")) {
            String expression = database.queryOne(
                    "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint" + " WHERE conname = 'wanted'");
            database.execute(
                    "ALTER TABLE orders DROP CONSTRAINT wanted",
                    "ALTER TABLE orders ADD CONSTRAINT wanted CHECK (" + expression + ") NOT VALID");
        } else {
            database.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted");
        }
        // Else the next long expression takes the room of the last one.
        database.execute("VACUUM FULL pg_constraint");
    }

    private static String state(PgDatabase database) throws SQLException {
        return String.valueOf(database.queryOne("SELECT CASE WHEN convalidated THEN 'valid' ELSE 'NOT VALID' END"
                + " FROM pg_constraint WHERE conname = 'wanted'"));
    }
}
