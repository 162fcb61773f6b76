package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.ValidateConstraintSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.api.ValidationSpec.ExistingViolations;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole changes, phase by phase, on real servers. */
class PhaseRunnerIT {
    private static final DatabaseSpec DATABASE =
            new DatabaseSpec(new SecretReference("unused"), null, null, null, null, null, null);
    private static final ChangeSpec FOREIGN_KEY = ChangeSpec.of(new AddForeignKeySpec(
            "orders",
            "orders_customer_fk",
            List.of("customer_id"),
            new AddForeignKeySpec.References("customers", List.of("id")),
            null,
            null,
            null,
            null,
            null,
            null));
    private static final ChangeSpec CHECK =
            ChangeSpec.of(new AddCheckSpec("orders", "orders_total_check", "total >= 0", null));

    /** The common pool has a single thread on a machine with two cores. */
    private static final Executor AT_ONCE = Thread::startVirtualThread;

    private static final Duration POLL = Duration.ofMillis(10);

    private final ConcurrentLinkedQueue<PhaseProgress> progress = new ConcurrentLinkedQueue<>();
    private final Interruption interruption = new Interruption();

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int)",
                "INSERT INTO customers SELECT generate_series(1, 100)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(1, 100) AS g");
        return database;
    }

    private PhaseResult run(PgDatabase database, String phase, @Nullable String hash, ChangeSpec... changes) {
        return new PhaseRunner(database::connect, Timing.system(), interruption, progress::add)
                .run(request(phase, hash, "30s", changes));
    }

    private static PhaseRequest request(String phase, @Nullable String hash, String deadline, ChangeSpec... changes) {
        return new PhaseRequest(
                "shop/test",
                phase,
                hash,
                DATABASE,
                List.of(changes),
                new LocksSpec("100ms", "1s", deadline),
                ValidationSpec.DEFAULT,
                0,
                0,
                null);
    }

    /** All phases, until one does not end as done. */
    private List<PhaseResult> runAll(PgDatabase database, ChangeSpec... changes) {
        List<PhaseResult> results = new ArrayList<>();
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, changes);
        results.add(preflight);
        if (preflight.outcome() == Outcome.DONE) {
            for (PhaseResult.PhaseSummary phase : preflight.plan().phases()) {
                PhaseResult result =
                        run(database, phase.name(), preflight.plan().hash(), changes);
                results.add(result);
                if (result.outcome() != Outcome.DONE) {
                    break;
                }
            }
        }
        return results;
    }

    private static String constraint(PgDatabase database, String name) throws SQLException {
        return database.queryOne("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '" + name + "'");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aForeignKeyGetsValidPhaseByPhase(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        List<PhaseResult> results = runAll(database, FOREIGN_KEY);
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
        assertThat(results.getFirst().plan().phases())
                .extracting(PhaseResult.PhaseSummary::name)
                .containsExactly("1-apply", "2-validate");
        assertThat(results.get(1).applied()).isTrue();
        assertThat(results.get(1).validated()).isFalse();
        assertThat(results.getLast().validated()).isTrue();
        assertThat(constraint(database, "orders_customer_fk"))
                .isEqualTo("FOREIGN KEY (customer_id) REFERENCES customers(id)");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void runAgainItAdoptsWhatIsThereWithoutAnyDdl(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        runAll(database, FOREIGN_KEY, CHECK);
        String before = database.queryOne("SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_constraint");
        List<PhaseResult> again = runAll(database, FOREIGN_KEY, CHECK);
        assertThat(again).allMatch(result -> result.outcome() == Outcome.DONE);
        assertThat(again.getFirst().plan().phases()).allMatch(PhaseResult.PhaseSummary::done);
        assertThat(database.queryOne("SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_constraint"))
                .isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowsThatViolateACheckStopItBeforeItIsAddedAndAreNamed(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        database.execute("UPDATE orders SET total = -1 WHERE id IN (3, 5)");
        PhaseResult last = runAll(database, CHECK).getLast();
        assertThat(last.outcome()).isEqualTo(Outcome.VIOLATED);
        assertThat(last.reason()).isEqualTo(Reason.CONSTRAINT_VIOLATED);
        assertThat(last.violations()).singleElement().satisfies(violations -> {
            assertThat(violations.count()).isEqualTo(2);
            assertThat(violations.sample()).containsExactlyInAnyOrder("id=3", "id=5");
        });
        assertThat(constraint(database, "orders_total_check")).isNull();
        database.execute("UPDATE orders SET total = 0 WHERE total < 0");
        assertThat(runAll(database, CHECK).getLast().validated()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowsThatViolateAForeignKeyAreNamedAndNewOnesAreKeptOut(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        database.execute("UPDATE orders SET customer_id = 4711 WHERE id = 7");
        PhaseResult last = runAll(database, FOREIGN_KEY).getLast();
        assertThat(last.outcome()).isEqualTo(Outcome.VIOLATED);
        assertThat(last.violations().getFirst().sample()).containsExactly("id=7");
        assertThat(last.applied()).isTrue();
        assertThat(constraint(database, "orders_customer_fk")).endsWith("NOT VALID");
        database.execute("UPDATE orders SET customer_id = NULL WHERE id = 7");
        assertThat(runAll(database, FOREIGN_KEY).getLast().validated()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowsThatAreNullStopSetNotNullBeforeAnythingIsAddedAndAreNamed(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        database.execute("UPDATE orders SET total = NULL WHERE id IN (3, 5)");
        ChangeSpec change = ChangeSpec.of(new SetNotNullSpec("orders", "total"));
        PhaseResult last = runAll(database, change).getLast();
        assertThat(last.outcome()).isEqualTo(Outcome.VIOLATED);
        assertThat(last.violations())
                .singleElement()
                .satisfies(violations -> assertThat(violations.sample()).containsExactlyInAnyOrder("id=3", "id=5"));
        assertThat(last.applied()).isFalse();
        database.execute("UPDATE orders SET total = 0 WHERE total IS NULL");
        assertThat(runAll(database, change).getLast().validated()).isTrue();
        assertThat(database.query("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass"
                        + " AND attname = 'total'"))
                .containsExactly("t");
        assertThat(database.query("SELECT conname FROM pg_constraint WHERE conname LIKE 'phaselock%'"))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowsThatViolateWhatSomebodyLeftNotValidAreNamed(PgServer server) throws SQLException {
        for (String left : List.of("CHECK (total > 3)", "FOREIGN KEY (total) REFERENCES customers", "NOT NULL total")) {
            if (left.startsWith("NOT NULL") && server.major() < 18) {
                continue;
            }
            PgDatabase database = shop(server);
            database.execute(
                    "UPDATE orders SET total = " + (left.startsWith("NOT NULL") ? "NULL" : "total - 3"),
                    "DELETE FROM orders WHERE id > 6",
                    "ALTER TABLE orders ADD CONSTRAINT doubtful " + left + " NOT VALID");
            ChangeSpec change = ChangeSpec.of(new ValidateConstraintSpec("orders", "doubtful"));
            PhaseResult last = runAll(database, change).getLast();
            assertThat(last.outcome()).as(left + ": " + last.message()).isEqualTo(Outcome.VIOLATED);
            assertThat(last.violations().getFirst().constraint()).isEqualTo("doubtful");
            assertThat(last.violations().getFirst().sample()).contains("id=1");
            database.execute("DELETE FROM orders");
            assertThat(runAll(database, change).getLast().validated()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatTwoRunnersDropAtOnceIsDroppedOnce(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        database.execute("ALTER TABLE orders ADD CONSTRAINT doomed FOREIGN KEY (total) REFERENCES customers");
        ChangeSpec change = ChangeSpec.of(new DropConstraintSpec("orders", "doomed"));
        String hash = run(database, PhaseRequest.PREFLIGHT, null, change).plan().hash();
        List<CompletableFuture<PhaseResult>> both = List.of(
                CompletableFuture.supplyAsync(() -> run(database, "1-apply", hash, change), AT_ONCE),
                CompletableFuture.supplyAsync(() -> run(database, "1-apply", hash, change), AT_ONCE));
        for (CompletableFuture<PhaseResult> one : both) {
            assertThat(one.get().outcome()).as(one.get().message()).isEqualTo(Outcome.DONE);
        }
        assertThat(constraint(database, "doomed")).isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void theOwnerDropsAForeignKeyWithoutAnyRightToTheReferencedTable(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgServer.PgRole role = server.newRole("");
        database.execute(
                "ALTER TABLE orders ADD CONSTRAINT doomed FOREIGN KEY (total) REFERENCES customers",
                "ALTER TABLE orders OWNER TO " + role.name());
        ChangeSpec change = ChangeSpec.of(new DropConstraintSpec("orders", "doomed"));
        PhaseRunner runner =
                new PhaseRunner(() -> database.connect(role), Timing.system(), interruption, progress::add);
        String hash = runner.run(request(PhaseRequest.PREFLIGHT, null, "30s", change))
                .plan()
                .hash();
        PhaseResult result = runner.run(request("1-apply", hash, "30s", change));
        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
        assertThat(constraint(database, "doomed")).isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPlanThatIsNotTheOneAskedForIsNotCarriedOut(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, FOREIGN_KEY);
        database.execute("ALTER TABLE orders ADD COLUMN note text");
        PhaseResult result = run(database, "1-apply", preflight.plan().hash(), FOREIGN_KEY);
        assertThat(result.outcome()).isEqualTo(Outcome.PLAN_CHANGED);
        assertThat(constraint(database, "orders_customer_fk")).isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPhaseThatRunsTwiceAtOnceEndsAsOnce(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        String hash =
                run(database, PhaseRequest.PREFLIGHT, null, FOREIGN_KEY).plan().hash();
        for (String phase : List.of("1-apply", "2-validate")) {
            List<CompletableFuture<PhaseResult>> both = List.of(
                    CompletableFuture.supplyAsync(() -> run(database, phase, hash, FOREIGN_KEY), AT_ONCE),
                    CompletableFuture.supplyAsync(() -> run(database, phase, hash, FOREIGN_KEY), AT_ONCE));
            for (CompletableFuture<PhaseResult> one : both) {
                assertThat(one.get().outcome()).as(one.get().message()).isEqualTo(Outcome.DONE);
            }
        }
        assertThat(database.queryOne("SELECT count(*) FROM pg_constraint WHERE conname = 'orders_customer_fk'"))
                .isEqualTo("1");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aLockThatIsNotToBeHadEndsAtTheDeadlineAndNamesWhoHoldsIt(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        String hash =
                run(database, PhaseRequest.PREFLIGHT, null, FOREIGN_KEY).plan().hash();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("SET application_name = 'import'");
            writer.setAutoCommit(false);
            statement.execute("UPDATE orders SET total = 1 WHERE id = 1");
            PhaseResult result = new PhaseRunner(database::connect, Timing.system(), interruption, progress::add)
                    .run(request("1-apply", hash, "600ms", FOREIGN_KEY));
            assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
            assertThat(result.message()).contains("import").contains("locks.deadline");
            assertThat(result.blockers())
                    .singleElement()
                    .satisfies(blocker -> assertThat(blocker.application()).isEqualTo("import"));
        }
        assertThat(constraint(database, "orders_customer_fk")).isNull();
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aValidationGivesWayToDdlThatWritersQueueBehind(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        // The scan of a hundred rows takes a second.
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.01) IS NOT NULL'",
                "ALTER TABLE orders ADD CONSTRAINT slow CHECK (slow(total)) NOT VALID");
        ChangeSpec slow = ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(total)", null));
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, slow);
        String validate = preflight.plan().phases().getLast().name();
        CompletableFuture<PhaseResult> validation = CompletableFuture.supplyAsync(
                () -> run(database, validate, preflight.plan().hash(), slow), AT_ONCE);
        await().pollInterval(POLL)
                .until(() -> progress.stream().anyMatch(p -> p.activity() == PhaseProgress.Activity.VALIDATING));
        CompletableFuture<Void> ddl =
                CompletableFuture.runAsync(() -> execute(database, "LOCK TABLE orders; "), AT_ONCE);
        await().pollInterval(POLL)
                .until(() -> !"0"
                        .equals(database.queryOne(
                                "SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted")));
        database.execute("DELETE FROM orders WHERE id = 100");
        // The write did not wait for the end of the scan, which began again.
        assertThat(constraint(database, "slow")).endsWith("NOT VALID");
        ddl.get();
        assertThat(validation.get().outcome()).as(validation.get().message()).isEqualTo(Outcome.DONE);
        assertThat(validation.get().report().tries()).isGreaterThan(1);
        assertThat(validation.get().report().writersDelayed()).isPositive();
        assertThat(constraint(database, "slow")).doesNotContain("NOT VALID");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aValidationThatTakesLongerThanAllowedIsCancelledAndNewRowsAreChecked(PgServer server) throws Exception {
        PgDatabase database = shop(server);
        // The scan of a hundred rows takes ten seconds.
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.1) IS NOT NULL'",
                "ALTER TABLE orders ADD CONSTRAINT slow CHECK (slow(total)) NOT VALID");
        ChangeSpec slow = ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(total)", null));
        PhaseResult preflight = run(database, PhaseRequest.PREFLIGHT, null, slow);
        PhaseResult result = new PhaseRunner(database::connect, Timing.system(), interruption, progress::add)
                .run(new PhaseRequest(
                        "shop/test",
                        preflight.plan().phases().getLast().name(),
                        preflight.plan().hash(),
                        DATABASE,
                        List.of(slow),
                        new LocksSpec("100ms", "1s", "30s"),
                        new ValidationSpec(Gate.VALIDATED, ExistingViolations.STOP, 5, 2, "500ms", 100),
                        0,
                        0,
                        null));
        assertThat(result.outcome()).isEqualTo(Outcome.DEADLINE);
        assertThat(result.message())
                .startsWith("The validation of slow took longer than validation.maxDuration (500ms) and was cancelled");
        assertThat(constraint(database, "slow")).endsWith("NOT VALID");
        assertThat(database.queryOne("SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass"))
                .isEqualTo("0");
    }

    private static void execute(PgDatabase database, String sql) {
        try {
            database.execute("BEGIN; " + sql + "COMMIT");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
