package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.Verified;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.Relation;
import dev.phaselock.plan.Step.ViolationQuery;
import dev.phaselock.plan.Violations;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ViolationSearchIT {
    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final Interruption interruption = new Interruption();

    private List<Violations> search(PgDatabase database, int sample, String predicate, String... keys)
            throws SQLException {
        return search(database, sample, 100, null, predicate, keys);
    }

    private List<Violations> search(
            PgDatabase database, int sample, int pace, @Nullable Verified verified, String predicate, String... keys)
            throws SQLException {
        long oid = Long.parseLong(database.queryOne("SELECT 'items'::regclass::oid"));
        ViolationQuery query = new ViolationQuery(
                "items_check",
                new Relation(oid, QualifiedName.of("public", "items")),
                "\"items\"",
                predicate,
                List.of(keys));
        try (Connection session = database.connect()) {
            return new ViolationSearch(database::connect, 2, sample, pace, Timing.system(), interruption, progress::add)
                    .search(session, List.of(query), verified);
        }
    }

    private static PgDatabase items(PgServer server, int rows) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE items (id int PRIMARY KEY, \"Size\" int, filler text DEFAULT repeat('x', 200))",
                "INSERT INTO items SELECT g, g FROM generate_series(1, " + rows + ") AS g");
        return database;
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void countsEveryViolatingRowOfATableOfManyRangesOnce(PgServer server) throws SQLException {
        PgDatabase database = items(server, 100_000);
        database.execute("UPDATE items SET \"Size\" = -1 WHERE id % 10000 = 0", "DELETE FROM items WHERE id % 3 = 1");
        long expected = Long.parseLong(database.queryOne("SELECT count(*) FROM items WHERE \"Size\" < 0"));
        assertThat(search(database, 3, "NOT (\"Size\" >= 0)", "id"))
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.count()).isEqualTo(expected).isGreaterThan(3);
                    assertThat(found.table()).isEqualTo("public.items");
                    assertThat(found.sample()).hasSize(3).allMatch(key -> key.matches("id=\\d+0000"));
                });
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void findsNothingWhereNothingViolates(PgServer server) throws SQLException {
        assertThat(search(items(server, 10), 3, "NOT (\"Size\" > 0)", "id")).isEmpty();
        assertThat(search(items(server, 0), 3, "NOT (\"Size\" > 0)", "id")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void tellsThePlaceOfARowWithoutAPrimaryKeyAndNoKeysWhenNoneAreWanted(PgServer server) throws SQLException {
        PgDatabase database = items(server, 5);
        assertThat(search(database, 5, "\"Size\" = 2").getFirst().sample()).containsExactly("ctid=(0,2)");
        assertThat(search(database, 0, "\"Size\" = 2").getFirst().sample()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void refusesToLookWhereRowSecurityHidesRows(PgServer server) throws SQLException {
        PgDatabase database = items(server, 5);
        PgServer.PgRole role = server.newRole("");
        database.execute(
                "ALTER TABLE items OWNER TO " + role.name(),
                "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE items FORCE ROW LEVEL SECURITY",
                "CREATE POLICY few ON items USING (id < 3)");
        long oid = Long.parseLong(database.queryOne("SELECT 'items'::regclass::oid"));
        ViolationQuery query = new ViolationQuery(
                "c", new Relation(oid, QualifiedName.of("public", "items")), "\"items\"", "id > 0", List.of("id"));
        ViolationSearch search = new ViolationSearch(
                () -> database.connect(role), 1, 3, 100, Timing.system(), interruption, progress::add);
        try (Connection session = database.connect(role)) {
            assertThatThrownBy(() -> search.search(session, List.of(query), null))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo(SqlStates.INSUFFICIENT_PRIVILEGE);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void endsWhenItIsInterrupted(PgServer server) throws SQLException {
        PgDatabase database = items(server, 10);
        interruption.request();
        assertThatThrownBy(() -> search(database, 3, "true", "id")).isInstanceOf(CancellationException.class);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void goesOnWhereAnEarlierSearchWas(PgServer server) throws SQLException {
        PgDatabase database = items(server, 200_000);
        String first = "id = 1";
        assertThat(database.queryOne("SELECT ctid FROM items WHERE id = 1")).startsWith("(0,");
        assertThat(search(database, 3, first, "id")).hasSize(1);
        assertThat(search(database, 3, 100, new Verified("public.items", 2048L), first, "id"))
                .isEmpty();
        assertThat(search(database, 3, 100, new Verified("public.others", 2048L), first, "id"))
                .as("of a table that is not among these, nothing is left out")
                .hasSize(1);
        assertThat(search(database, 3, 100, new Verified("public.items", 9_999_999L), "id = 200000", "id"))
                .as("the last range has no end, for the table may have grown")
                .hasSize(1);
    }

    @Test
    void restsBetweenTheRangesAsThePaceSays() throws SQLException {
        PgDatabase database = items(PgServers.newest(), 200_000);
        AtomicLong rested = new AtomicLong();
        AtomicLong clock = new AtomicLong();
        // By this clock a range takes a millisecond, and time passes only while it works.
        Timing timing = new Timing() {
            @Override
            public long nanoTime() {
                return clock.addAndGet(1_000_000);
            }

            @Override
            public void sleep(Duration duration) {
                rested.addAndGet(duration.toMillis());
            }

            @Override
            public double random() {
                return 0;
            }
        };
        long oid = Long.parseLong(database.queryOne("SELECT 'items'::regclass::oid"));
        long ranges = Long.parseLong(
                database.queryOne("SELECT pg_relation_size('items') / current_setting('block_size')::int8 / 2048 + 1"));
        ViolationQuery query = new ViolationQuery(
                "c", new Relation(oid, QualifiedName.of("public", "items")), "\"items\"", "id < 0", List.of("id"));
        try (Connection session = database.connect()) {
            new ViolationSearch(database::connect, 1, 3, 25, timing, interruption, progress::add)
                    .search(session, List.of(query), null);
        }
        // A quarter of the time at work: three times as long at rest. Telling takes a tick of the clock too.
        assertThat(ranges).isGreaterThan(2);
        assertThat(rested.get()).isEqualTo(ranges * 3 * 2);
    }
}
