package dev.phaselock.run;

import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.Sessions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Changes, carried out phase by phase in sessions as a Job opens them: with all that {@link Sessions} sets and checks.
 *
 * @param settings asked for each session
 */
record WholeChange(Supplier<ConnectionSettings> settings, DatabaseSpec database, List<ChangeSpec> changes) {
    static final DatabaseSpec ANY_DATABASE =
            new DatabaseSpec(new SecretReference("shop-db"), null, null, null, null, null, null);

    /** {@code orders.customer_id} refers to {@code customers.id}. */
    static final ChangeSpec FOREIGN_KEY = ChangeSpec.of(new AddForeignKeySpec(
            "orders",
            "wanted",
            List.of("customer_id"),
            new AddForeignKeySpec.References("customers", List.of("id")),
            null,
            null,
            null,
            null,
            null,
            null));

    /** An index of {@code orders.total}. */
    static final ChangeSpec INDEX = ChangeSpec.of(new CreateIndexSpec(
            "orders", "wanted", List.of(CreateIndexSpec.Column.of("total")), null, null, null, null, null, null));

    /** The foreign key by a URL. */
    static WholeChange foreignKey(String url) {
        return at(url, ANY_DATABASE, FOREIGN_KEY);
    }

    static WholeChange at(String url, DatabaseSpec database, ChangeSpec change) {
        return new WholeChange(() -> ConnectionSettings.ofUrl(url, database, Map.of()), database, List.of(change));
    }

    /** By way of a proxy. */
    static WholeChange through(CuttingProxy proxy, PgDatabase database, List<ChangeSpec> changes) {
        String url = database.url().replace(":" + database.server().port() + "/", ":" + proxy.port() + "/");
        return new WholeChange(() -> ConnectionSettings.ofUrl(url, null, Map.of()), ANY_DATABASE, changes);
    }

    /** The tables of the foreign key. */
    static void createTables(PgDatabase database) throws SQLException {
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(1, 100) AS g");
    }

    /** The constraint {@code wanted}; null when it is not there. */
    static @Nullable String wanted(PgDatabase database) throws SQLException {
        return database.queryOne("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'wanted'");
    }

    PhaseResult preflight() {
        return run(PhaseRequest.PREFLIGHT, null);
    }

    PhaseResult run(String phase, @Nullable String hash) {
        return run(phase, hash, new Interruption());
    }

    PhaseResult run(String phase, @Nullable String hash, Interruption interruption) {
        return new PhaseRunner(
                        () -> new Sessions(settings.get(), "shop/test", phase).open(),
                        Timing.system(),
                        interruption,
                        _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        database,
                        changes,
                        new LocksSpec("100ms", "1s", "30s"),
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }

    /** Preflight and the phases of its plan, until one does not end as done. */
    List<PhaseResult> runAll() {
        List<PhaseResult> results = new ArrayList<>();
        PhaseResult preflight = preflight();
        results.add(preflight);
        if (preflight.outcome() == Outcome.DONE) {
            for (PhaseResult.PhaseSummary phase : preflight.plan().phases()) {
                PhaseResult result = run(phase.name(), preflight.plan().hash());
                results.add(result);
                if (result.outcome() != Outcome.DONE) {
                    break;
                }
            }
        }
        return results;
    }
}
