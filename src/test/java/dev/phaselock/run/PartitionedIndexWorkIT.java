package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An index of a partitioned table, by the runner. */
class PartitionedIndexWorkIT {
    private static final ChangeSpec UNIQUE = ChangeSpec.of(new CreateIndexSpec(
            "orders", "wanted", List.of(Column.of("id"), Column.of("total")), null, null, true, null, null, null));

    private static PhaseResult run(PgDatabase database, String phase, @Nullable String hash) {
        return new PhaseRunner(database::connect, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null),
                        List.of(UNIQUE),
                        new LocksSpec("100ms", "1s", "30s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void duplicatesOfOnePartitionStopItAndANewPartitionIsIndexedToo(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE orders (id int, total int) PARTITION BY RANGE (id)",
                "CREATE TABLE first PARTITION OF orders FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE second PARTITION OF orders FOR VALUES FROM (100) TO (200)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 199) AS g",
                "INSERT INTO orders VALUES (150, 150)");
        String hash = run(database, PhaseRequest.PREFLIGHT, null).plan().hash();
        PhaseResult violated = run(database, "1-index", hash);
        assertThat(violated.outcome()).as(violated.message()).isEqualTo(Outcome.VIOLATED);
        assertThat(violated.violations()).singleElement().satisfies(violations -> {
            assertThat(violations.table()).isEqualTo("public.second");
            assertThat(violations.sample()).containsExactly("id=150, total=150 (2 rows)");
        });
        assertThat(database.query("SELECT indexrelid::regclass FROM pg_index WHERE indrelid >= 16384"))
                .containsExactly("first_id_total_idx");

        database.execute("DELETE FROM orders WHERE id = 150");
        PhaseResult built = run(database, "1-index", hash);
        assertThat(built.outcome()).as(built.message()).isEqualTo(Outcome.DONE);
        database.execute("CREATE TABLE third PARTITION OF orders FOR VALUES FROM (200) TO (300)");
        assertThat(run(database, "2-apply", hash).outcome()).isEqualTo(Outcome.PLAN_CHANGED);
        assertThat(run(database, PhaseRequest.PREFLIGHT, null).plan().hash()).isEqualTo(hash);
        assertThat(run(database, "1-index", hash).outcome()).isEqualTo(Outcome.DONE);
        PhaseResult applied = run(database, "2-apply", hash);
        assertThat(applied.outcome()).as(applied.message()).isEqualTo(Outcome.DONE);
        assertThat(applied.validated()).isTrue();
        assertThat(
                        database.query(
                                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid >= 16384 AND indisvalid ORDER BY 1"))
                .containsExactly("first_id_total_idx", "second_id_total_idx", "third_id_total_idx", "wanted");
    }
}
