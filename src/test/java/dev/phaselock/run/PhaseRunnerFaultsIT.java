package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddIdentitySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropDefaultSpec;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.api.DropTableSpec;
import dev.phaselock.api.DropTriggerSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.api.ValidateConstraintSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.proof.Sample;
import dev.phaselock.run.CuttingProxy.Cut;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RUN-1: cuts the connection at each request of each phase, before it arrives and before its answer (so that of COMMIT
 * too), and carries the phase out again.
 */
class PhaseRunnerFaultsIT {
    private static final String DEFINITIONS = """
            SELECT (SELECT string_agg(conrelid::regclass || ' ' || conname || ' ' || convalidated || ' '
                              || pg_get_constraintdef(oid), E'\\n' ORDER BY conrelid::regclass::text, conname)
                    FROM pg_constraint WHERE conrelid <> 0)
                || (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attstorage::text || a.attidentity::text || coalesce(a.attstattarget, -1) || ' ' || a.attnotnull || ' '
                              || coalesce(pg_get_expr(d.adbin, d.adrelid), ''), E'\\n' ORDER BY a.attnum)
                    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = 'orders'::regclass AND a.attnum > 0 AND NOT a.attisdropped)
                || (SELECT string_agg(pg_get_indexdef(indexrelid) || indisvalid, E'\\n' ORDER BY indexrelid::regclass::text)
                    FROM pg_index WHERE indrelid = 'orders'::regclass)
                || coalesce((SELECT string_agg(pg_get_triggerdef(oid), E'\\n' ORDER BY tgname)
                             FROM pg_trigger WHERE NOT tgisinternal), '')""";
    private static final String LEFT = """
            SELECT count(*) FROM pg_stat_activity a WHERE application_name LIKE 'phaselock/%' AND datname = current_database()
              AND (xact_start IS NOT NULL OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND locktype <> 'virtualxid'))""";

    private static AddForeignKeySpec foreignKey(String table) {
        return new AddForeignKeySpec(
                table,
                "wanted",
                List.of("customer_id"),
                new AddForeignKeySpec.References("customers", List.of("id")),
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /**
     * A change and how a database gets back to where a phase of it began.
     *
     * @param before one for each phase
     */
    private record Case(String name, List<ChangeSpec> changes, List<String> before) {
        Case(String name, ChangeSpec change, List<String> before) {
            this(name, List.of(change), before);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String DROP = "ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted;";
    private static final Case FOREIGN_KEY = new Case(
            "foreign key",
            ChangeSpec.of(foreignKey("orders")),
            List.of(
                    DROP,
                    DROP
                            + "ALTER TABLE orders ADD CONSTRAINT wanted FOREIGN KEY (customer_id) REFERENCES customers (id)"
                            + " NOT VALID"));
    private static final Case CHECK = new Case(
            "check",
            ChangeSpec.of(new AddCheckSpec("orders", "wanted", "total >= 0", null)),
            List.of(DROP, DROP, DROP + "ALTER TABLE orders ADD CONSTRAINT wanted CHECK (total >= 0) NOT VALID"));

    private static final String REPLACED = "ALTER TABLE orders DROP CONSTRAINT IF EXISTS there,"
            + " DROP CONSTRAINT IF EXISTS phaselock_new_there_e244f187;"
            + "ALTER TABLE orders ADD CONSTRAINT there CHECK (total > 0);";
    private static final String REPLACING =
            REPLACED + "ALTER TABLE orders ADD CONSTRAINT phaselock_new_there_e244f187 CHECK (total >= 0) NOT VALID;";
    private static final Case REPLACEMENT = new Case(
            "check in another's place",
            ChangeSpec.of(new AddCheckSpec("orders", "there", "total >= 0", null, "there")),
            List.of(
                    REPLACED,
                    REPLACED,
                    REPLACING,
                    REPLACING + "ALTER TABLE orders VALIDATE CONSTRAINT phaselock_new_there_e244f187"));
    private static final Case COLUMN_WITH_KEY = new Case(
            "add column with a default, a foreign key and a check",
            ChangeSpec.of(new AddColumnSpec(
                    "orders",
                    "added",
                    "int",
                    null,
                    "7",
                    null,
                    null,
                    null,
                    new AddColumnSpec.References("wanted", "customers", null, null, null, null, null),
                    new AddColumnSpec.Check("small", "added < 10"))),
            List.of(
                    "ALTER TABLE orders DROP COLUMN IF EXISTS added",
                    "ALTER TABLE orders DROP CONSTRAINT wanted,"
                            + " ADD CONSTRAINT wanted FOREIGN KEY (added) REFERENCES customers (id) NOT VALID",
                    "ALTER TABLE orders DROP CONSTRAINT small, ADD CONSTRAINT small CHECK (added < 10) NOT VALID"));
    private static final Case BUILT_UPON = new Case(
            "add column and what is built upon it",
            List.of(
                    ChangeSpec.of(new AddColumnSpec("orders", "added", "int", null, null, null, null, null)),
                    ChangeSpec.of(new AddForeignKeySpec(
                            "orders",
                            "wanted",
                            List.of("added"),
                            new AddForeignKeySpec.References("customers", List.of("id")),
                            null,
                            null,
                            null,
                            null,
                            null,
                            null)),
                    ChangeSpec.of(new CreateIndexSpec(
                            "orders",
                            "wanted_index",
                            List.of(CreateIndexSpec.Column.of("added")),
                            null,
                            null,
                            null,
                            null,
                            null,
                            null))),
            List.of(
                    "ALTER TABLE orders DROP COLUMN IF EXISTS added",
                    "ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted",
                    "ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted,"
                            + " ADD CONSTRAINT wanted FOREIGN KEY (added) REFERENCES customers (id) NOT VALID",
                    "DROP INDEX IF EXISTS wanted_index"));
    private static final String DROP_LEAVES = "ALTER TABLE parted DROP CONSTRAINT IF EXISTS wanted;"
            + "ALTER TABLE parted_1 DROP CONSTRAINT IF EXISTS wanted;"
            + "ALTER TABLE parted_2 DROP CONSTRAINT IF EXISTS wanted;";
    private static final String ADD_TO_LEAVES =
            "ALTER TABLE parted_1 ADD CONSTRAINT wanted FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;"
                    + "ALTER TABLE parted_2 ADD CONSTRAINT wanted FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;";
    private static final Case PARTITIONED = new Case(
            "foreign key of a partitioned table",
            ChangeSpec.of(foreignKey("parted")),
            List.of(
                    DROP_LEAVES,
                    DROP_LEAVES + ADD_TO_LEAVES,
                    DROP_LEAVES + ADD_TO_LEAVES + "ALTER TABLE parted_1 VALIDATE CONSTRAINT wanted;"
                            + "ALTER TABLE parted_2 VALIDATE CONSTRAINT wanted"));

    private static final String DROP_PARTED = "ALTER TABLE parted DROP CONSTRAINT IF EXISTS wanted;";
    private static final Case PARTITIONED_AT_ONCE = new Case(
            "foreign key of a partitioned table, at once",
            ChangeSpec.of(foreignKey("parted")),
            List.of(
                    DROP_PARTED,
                    DROP_PARTED
                            + "ALTER TABLE parted ADD CONSTRAINT wanted FOREIGN KEY (customer_id) REFERENCES customers (id)"
                            + " NOT VALID"));

    private static final String DROP_ADDED = "ALTER TABLE orders DROP COLUMN IF EXISTS added;";
    private static final Case FILLED = new Case(
            "add column and fill it",
            ChangeSpec.of(new AddColumnSpec("orders", "added", "float8", null, "random()", null, null, null)),
            List.of(
                    DROP_ADDED,
                    DROP_ADDED + "ALTER TABLE orders ADD added float8, ALTER added SET DEFAULT random(),"
                            + " ADD CONSTRAINT phaselock_backfill_added_279b8a60 CHECK (added IS NOT DISTINCT FROM NULL OR true)"
                            + " NO INHERIT NOT VALID"));

    private static final String NULLABLE = "ALTER TABLE orders ALTER total DROP NOT NULL;";
    private static final String NO_HELPER = NULLABLE + "ALTER TABLE orders DROP CONSTRAINT IF EXISTS %1$s;";
    private static final String ADD_HELPER =
            NO_HELPER + "ALTER TABLE orders ADD CONSTRAINT %1$s CHECK (total IS NOT NULL)";
    private static final ChangeSpec SET_NOT_NULL = ChangeSpec.of(new SetNotNullSpec("orders", "total"));
    private static final Case NOT_NULL_BY_CHECK = new Case(
            "set not null, by a check",
            SET_NOT_NULL,
            Stream.of(NO_HELPER, NO_HELPER, ADD_HELPER + " NOT VALID", ADD_HELPER)
                    .map(sql -> sql.formatted("phaselock_not_null_total_11239872"))
                    .toList());
    private static final Case NOT_NULL_BY_ITSELF = new Case(
            "set not null",
            SET_NOT_NULL,
            List.of(
                    NULLABLE,
                    NULLABLE,
                    NULLABLE + "ALTER TABLE orders ADD CONSTRAINT orders_total_not_null NOT NULL total NOT VALID"));
    private static final Case INDEX = new Case(
            "create index",
            ChangeSpec.of(new CreateIndexSpec(
                    "orders",
                    "wanted_index",
                    List.of(CreateIndexSpec.Column.of("customer_id")),
                    null,
                    null,
                    true,
                    null,
                    null,
                    null)),
            List.of("DROP INDEX IF EXISTS wanted_index"));
    private static final Case NO_INDEX = new Case(
            "drop index",
            ChangeSpec.of(new DropIndexSpec("orders", "doomed")),
            List.of("DROP INDEX IF EXISTS doomed; CREATE INDEX doomed ON orders (total)"));
    private static final String NO_UNIQUE = "ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted;"
            + "DROP INDEX IF EXISTS phaselock_build_wanted_520b4376;";
    private static final Case UNIQUE = new Case(
            "add unique",
            ChangeSpec.of(new AddUniqueSpec("orders", "wanted", List.of("customer_id"), null, null, true, null, null)),
            List.of(
                    NO_UNIQUE,
                    NO_UNIQUE + "CREATE UNIQUE INDEX phaselock_build_wanted_520b4376 ON orders (customer_id)"));
    private static final String NO_PROOF = "ALTER TABLE loose DROP CONSTRAINT IF EXISTS %1$s;";
    private static final String ADD_PROOF =
            NO_PROOF + "ALTER TABLE loose ADD CONSTRAINT %1$s CHECK (id IS NOT NULL AND id >= 20 AND id < 30)";
    private static final Case ATTACHED = new Case(
            "attach partition",
            ChangeSpec.of(new AttachPartitionSpec("parted", "loose", "FOR VALUES FROM (20) TO (30)")),
            Stream.of(
                            NO_PROOF,
                            NO_PROOF,
                            ADD_PROOF + " NOT VALID",
                            "ALTER TABLE parted DETACH PARTITION loose;" + ADD_PROOF)
                    .map(sql -> sql.formatted("phaselock_attach_loose_9e66fcdf"))
                    .toList());
    private static final Case DETACHED = new Case(
            "detach partition",
            ChangeSpec.of(new DetachPartitionSpec("parted", "parted_2")),
            List.of("ALTER TABLE parted_2 DROP CONSTRAINT IF EXISTS parted_2_id_check;"
                    + "ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (20)"));
    private static final List<Case> BRIEF = List.of(
            new Case(
                    "drop not null",
                    ChangeSpec.of(new DropNotNullSpec("orders", "note")),
                    List.of("ALTER TABLE orders ALTER note SET NOT NULL")),
            new Case(
                    "validate constraint",
                    ChangeSpec.of(new ValidateConstraintSpec("orders", "doubtful")),
                    List.of("ALTER TABLE orders DROP CONSTRAINT doubtful;"
                            + "ALTER TABLE orders ADD CONSTRAINT doubtful CHECK (total > 0) NOT VALID")),
            new Case(
                    "drop constraint",
                    ChangeSpec.of(new DropConstraintSpec("orders", "there")),
                    List.of("ALTER TABLE orders DROP CONSTRAINT IF EXISTS there;"
                            + "ALTER TABLE orders ADD CONSTRAINT there CHECK (total > 0)")),
            new Case(
                    "rename constraint",
                    ChangeSpec.of(new RenameConstraintSpec("orders", "there", "renamed")),
                    List.of("ALTER TABLE orders DROP CONSTRAINT IF EXISTS there, DROP CONSTRAINT IF EXISTS renamed;"
                            + "ALTER TABLE orders ADD CONSTRAINT there CHECK (total > 0)")),
            new Case(
                    "set default",
                    ChangeSpec.of(new SetDefaultSpec("orders", "total", "1 + 1")),
                    List.of("ALTER TABLE orders ALTER total DROP DEFAULT")),
            new Case(
                    "drop default",
                    ChangeSpec.of(new DropDefaultSpec("orders", "note")),
                    List.of("ALTER TABLE orders ALTER note SET DEFAULT 'n'")),
            new Case(
                    "drop column",
                    ChangeSpec.of(new DropColumnSpec("orders", "spare")),
                    List.of("ALTER TABLE orders DROP COLUMN IF EXISTS spare; ALTER TABLE orders ADD spare int")),
            new Case(
                    "add column",
                    ChangeSpec.of(new AddColumnSpec("orders", "added", "int", null, "7", true, null, null)),
                    List.of("ALTER TABLE orders DROP COLUMN IF EXISTS added")),
            new Case(
                    "alter type of a column",
                    ChangeSpec.of(new AlterTypeSpec("orders", "label", "text", null)),
                    List.of("ALTER TABLE orders ALTER label TYPE varchar(5)")),
            new Case(
                    "set statistics of a column",
                    ChangeSpec.of(new SetStatisticsSpec("orders", "total", 7)),
                    List.of("ALTER TABLE orders ALTER total SET STATISTICS -1")),
            new Case(
                    "set storage of a column",
                    ChangeSpec.of(new SetStorageSpec("orders", "note", SetStorageSpec.Storage.MAIN)),
                    List.of("ALTER TABLE orders ALTER note SET STORAGE extended")),
            new Case(
                    "create table",
                    ChangeSpec.of(new CreateTableSpec(
                            "coming", "id serial PRIMARY KEY, customer_id int REFERENCES customers", null)),
                    List.of("DROP TABLE IF EXISTS coming")),
            new Case(
                    "drop table",
                    ChangeSpec.of(new DropTableSpec("going")),
                    List.of(
                            "CREATE TABLE IF NOT EXISTS going (id int PRIMARY KEY, customer_id int REFERENCES customers)")),
            new Case(
                    "create trigger",
                    ChangeSpec.of(new CreateTriggerSpec(
                            "orders",
                            "coming",
                            CreateTriggerSpec.Timing.BEFORE,
                            List.of(CreateTriggerSpec.Event.DELETE),
                            null,
                            CreateTriggerSpec.Level.ROW,
                            null,
                            "nothing",
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null)),
                    List.of("DROP TRIGGER IF EXISTS coming ON orders")),
            new Case(
                    "drop trigger",
                    ChangeSpec.of(new DropTriggerSpec("orders", "going")),
                    List.of("DROP TRIGGER IF EXISTS going ON orders; CREATE TRIGGER going BEFORE DELETE ON orders"
                            + " FOR EACH ROW EXECUTE FUNCTION nothing()")),
            new Case(
                    "exclusion",
                    ChangeSpec.of(new AddExclusionSpec("bare", "wanted", "USING gist (during WITH &&)")),
                    List.of("ALTER TABLE bare DROP CONSTRAINT IF EXISTS wanted")),
            new Case(
                    "identity",
                    ChangeSpec.of(new AddIdentitySpec("orders", "id", AddIdentitySpec.Generated.ALWAYS, 100L)),
                    List.of("ALTER TABLE orders ALTER id DROP IDENTITY IF EXISTS")));

    /** On which servers which change meets which cuts: all of them would take minutes. */
    private record Trial(PgServer server, Case tried, List<Cut> cuts) {
        @Override
        public String toString() {
            return server + ", " + tried + ", " + cuts;
        }
    }

    static Stream<Trial> trials() {
        List<Cut> lostAnswer = List.of(Cut.BEFORE_THE_ANSWER);
        Stream<Trial> onTheNewest = Stream.of(
                new Trial(PgServers.newest(), FOREIGN_KEY, List.of(Cut.values())),
                new Trial(PgServers.newest(), CHECK, lostAnswer),
                new Trial(PgServers.newest(), PARTITIONED_AT_ONCE, lostAnswer));
        Stream<Trial> onEach = IntStream.rangeClosed(13, 17)
                .mapToObj(version -> new Trial(PgServers.of(version), FOREIGN_KEY, lostAnswer));
        Stream<Trial> leafByLeaf =
                Stream.of(13, 17).map(version -> new Trial(PgServers.of(version), PARTITIONED, lostAnswer));
        Stream<Trial> notNull = Stream.of(
                new Trial(PgServers.newest(), NOT_NULL_BY_ITSELF, lostAnswer),
                new Trial(PgServers.of(13), NOT_NULL_BY_CHECK, lostAnswer),
                new Trial(PgServers.of(17), NOT_NULL_BY_CHECK, lostAnswer));
        Stream<Trial> brief = Stream.of(PgServers.of(13), PgServers.newest())
                .flatMap(server -> Stream.concat(
                                BRIEF.stream(),
                                Stream.of(
                                        INDEX,
                                        NO_INDEX,
                                        UNIQUE,
                                        ATTACHED,
                                        DETACHED,
                                        FILLED,
                                        REPLACEMENT,
                                        COLUMN_WITH_KEY,
                                        BUILT_UPON))
                        .map(one -> new Trial(server, one, lostAnswer)));
        return Stream.of(onTheNewest, onEach, leafByLeaf, notNull, brief).flatMap(trials -> trials);
    }

    @ParameterizedTest
    @MethodSource("trials")
    void aPhaseCutOffAtARequestEndsAsIfItHadNotBeen(Trial trial) throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int phase = 0; phase < trial.tried().before().size(); phase++) {
            for (Cut cut : trial.cuts()) {
                int number = phase;
                all.add(CompletableFuture.runAsync(
                        () -> cutAtEachRequest(trial, number, cut), Thread::startVirtualThread));
            }
        }
        for (CompletableFuture<Void> one : all) {
            one.get();
        }
    }

    private static void cutAtEachRequest(Trial trial, int phase, Cut cut) {
        try (CuttingProxy proxy = new CuttingProxy(trial.server().port())) {
            PgDatabase database = shop(trial.server());
            try (Connection admin = database.connect()) {
                Trying trying = new Trying(database, proxy, admin, trial.tried().changes());
                PhaseResult.PlanSummary plan =
                        trying.run(PhaseRequest.PREFLIGHT, null).plan();
                assertThat(plan.phases()).hasSameSizeAs(trial.tried().before());
                String start = trying.definitions();
                for (PhaseResult.PhaseSummary earlier : plan.phases().subList(0, phase)) {
                    assertThat(trying.run(earlier.name(), plan.hash()).outcome())
                            .isEqualTo(Outcome.DONE);
                    start = trying.definitions();
                }
                String name = plan.phases().get(phase).name();
                assertThat(trying.run(name, plan.hash()).outcome()).isEqualTo(Outcome.DONE);
                String end = trying.definitions();
                // Two of three are left out, unless all is asked for.
                int stride = Sample.FULL ? 1 : 3;
                int requests =
                        1 + Sample.random(trial.toString(), phase, cut.name()).nextInt(stride) - stride;
                do {
                    requests += stride;
                    execute(admin, trial.tried().before().get(phase));
                    assertThat(trying.definitions()).isEqualTo(start);
                } while (trying.cutAndRepeat(name, plan.hash(), requests, cut, end));
                assertThat(requests).isGreaterThan(10);
            }
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, note text NOT NULL DEFAULT 'n')",
                "CREATE TABLE parted (id int, customer_id int) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)",
                "CREATE TABLE loose (id int, customer_id int)",
                "CREATE TABLE going (id int PRIMARY KEY, customer_id int REFERENCES customers)",
                "CREATE TABLE bare (during int4range)",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
                "CREATE TRIGGER going BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION nothing()",
                "INSERT INTO loose VALUES (20, 1)",
                "INSERT INTO customers SELECT generate_series(1, 10)",
                "INSERT INTO orders SELECT g, g, g FROM generate_series(1, 10) AS g",
                "INSERT INTO parted SELECT g, g FROM generate_series(1, 10) AS g",
                "CREATE INDEX doomed ON orders (total)",
                "ALTER TABLE orders ADD CONSTRAINT there CHECK (total > 0)",
                "ALTER TABLE orders ADD CONSTRAINT doubtful CHECK (total > 0) NOT VALID",
                "ALTER TABLE orders ADD label varchar(5), ADD spare int");
        return database;
    }

    /** One change on one database, by way of a proxy. */
    private record Trying(PgDatabase database, CuttingProxy proxy, Connection admin, List<ChangeSpec> changes) {

        /** Whether the phase was cut: it made fewer requests otherwise. */
        private boolean cutAndRepeat(String phase, @Nullable String hash, int request, Cut cut, String end)
                throws SQLException {
            String at = "phase " + phase + ", request " + request + ", " + cut + ", " + Sample.text();
            proxy.cutAt(request, cut);
            PhaseResult result = run(phase, hash);
            boolean wasCut = proxy.hasCut();
            proxy.cutNothing();
            assertThat(result.outcome())
                    .as(at + ": " + result.message())
                    .isIn(wasCut ? List.of(Outcome.TRANSIENT, Outcome.DONE) : List.of(Outcome.DONE));
            if (wasCut) {
                PhaseResult again = run(phase, hash);
                assertThat(again.outcome())
                        .as(at + ", again: " + again.message())
                        .isEqualTo(Outcome.DONE);
            }
            assertThat(definitions()).as(at).isEqualTo(end);
            await(at)
                    .atMost(Duration.ofSeconds(5))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> query(admin, LEFT).equals("0"));
            return wasCut;
        }

        private PhaseResult run(String phase, @Nullable String hash) {
            return WholeChange.through(proxy, database, changes).run(phase, hash);
        }

        private String definitions() throws SQLException {
            return query(admin, DEFINITIONS);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
