package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That no row is read while the partition is attached is what {@link PlanTrial} sees in the server's messages. */
class AttachPartitionIT {
    private static final String BOUND = "FOR VALUES FROM (100) TO (200)";
    private static final String PLAIN = "ALTER TABLE t ATTACH PARTITION n " + BOUND;
    private static final ChangeSpec CHANGE = attach("t", "n", BOUND);

    private static final List<String> RANGE = List.of(
            "CREATE TABLE t (id int, c int, e text) PARTITION BY RANGE (id)",
            "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)",
            "INSERT INTO t SELECT g, g, 'x' FROM generate_series(1, 99) AS g",
            "CREATE TABLE n (e text, gone int, id int, c int)",
            "ALTER TABLE n DROP COLUMN gone",
            "INSERT INTO n SELECT 'y', g, g FROM generate_series(100, 199) AS g");

    static ChangeSpec attach(String table, String partition, String bound) {
        return ChangeSpec.of(new AttachPartitionSpec(table, partition, bound));
    }

    private static List<String> with(List<String> setup, String... more) {
        List<String> all = new ArrayList<>(setup);
        all.addAll(List.of(more));
        return all;
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsAPartitionAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(server, RANGE, List.of(PLAIN), CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void besideADefaultPartitionWhoseRowsAreNotReadUnderTheLocksEither(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                with(
                        RANGE,
                        "CREATE TABLE d (c int, id int, e text)",
                        "ALTER TABLE t ATTACH PARTITION d DEFAULT",
                        "INSERT INTO t VALUES (300, 1, 'z'), (NULL, 1, 'z')"),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asTheDefaultPartitionOfNoneAndOfSome(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                with(RANGE, "INSERT INTO n VALUES ('z', NULL, 1)"),
                List.of("ALTER TABLE t ATTACH PARTITION n DEFAULT"),
                attach("t", "n", "DEFAULT"));
        PlanTrial.equalsPlain(
                server,
                List.of("CREATE TABLE t (id int) PARTITION BY RANGE (id)", "CREATE TABLE n (id int)"),
                List.of("ALTER TABLE t ATTACH PARTITION n DEFAULT"),
                attach("t", "n", "DEFAULT"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void byListByHashByExpressionsAndByNamesThatNeedQuotes(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE \"T'$1\" (\"C %'$1\" varchar(20) COLLATE \"C\") PARTITION BY LIST (\"C %'$1\")",
                        "CREATE TABLE \"N'$1\" (\"C %'$1\" varchar(20) COLLATE \"C\")",
                        "INSERT INTO \"N'$1\" VALUES ('a'), (NULL)"),
                List.of("ALTER TABLE \"T'$1\" ATTACH PARTITION \"N'$1\" FOR VALUES IN ('a', 'b$1', NULL)"),
                attach("\"T'$1\"", "\"N'$1\"", "FOR VALUES IN ('a', 'b$1', NULL)"));
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE t (id bigint, e int) PARTITION BY HASH (id, e)",
                        "CREATE TABLE h1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                        "CREATE TABLE n PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                        "INSERT INTO t SELECT g, -g FROM generate_series(1, 100) AS g",
                        "ALTER TABLE t DETACH PARTITION n"),
                List.of("ALTER TABLE t ATTACH PARTITION n FOR VALUES WITH (MODULUS 2, REMAINDER 0)"),
                attach("t", "n", "FOR VALUES WITH (MODULUS 2, REMAINDER 0)"));
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE t (at timestamp, c int) PARTITION BY RANGE (date_trunc('day', at), c)",
                        "CREATE TABLE n (at timestamp, c int)",
                        "INSERT INTO n VALUES ('2026-01-05 10:00', 7)"),
                List.of(
                        "ALTER TABLE t ATTACH PARTITION n FOR VALUES FROM ('2026-01-01', MINVALUE) TO ('2026-02-01', 5)"),
                attach("t", "n", "FOR VALUES FROM ('2026-01-01', MINVALUE) TO ('2026-02-01', 5)"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aPartitionedOneBelowAPartition(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(
                        "CREATE TABLE root (id int, c int) PARTITION BY LIST (c)",
                        "CREATE TABLE t PARTITION OF root FOR VALUES IN (1, 2) PARTITION BY RANGE (id)",
                        "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)",
                        "CREATE TABLE n (c int, id int) PARTITION BY HASH (id)",
                        "CREATE TABLE n0 PARTITION OF n FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                        "CREATE TABLE n1 (id int, c int)",
                        "ALTER TABLE n ATTACH PARTITION n1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                        "INSERT INTO n SELECT 1, g FROM generate_series(100, 199) AS g"),
                List.of(PLAIN),
                CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withKeysChecksNotNullsAndIndexesThatItHasAlready(PgServer server) throws SQLException {
        List<String> setup = List.of(
                "CREATE TABLE p (id int PRIMARY KEY)",
                "INSERT INTO p VALUES (1)",
                "CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL, e text, CONSTRAINT positive CHECK (c > 0))"
                        + " PARTITION BY RANGE (id)",
                "ALTER TABLE t ADD CONSTRAINT t_fk FOREIGN KEY (c) REFERENCES p (id) ON DELETE CASCADE",
                "CREATE INDEX ti ON t (lower(e))",
                "CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE referring (id int REFERENCES t (id))",
                "CREATE TABLE rp (id int REFERENCES t (id)) PARTITION BY RANGE (id)",
                "CREATE TABLE rp1 PARTITION OF rp FOR VALUES FROM (0) TO (1000)",
                "CREATE TABLE n (e text, id int, c int NOT NULL, PRIMARY KEY (id))",
                "ALTER TABLE n ADD CONSTRAINT positive CHECK (c > 0)",
                "ALTER TABLE n ADD CONSTRAINT nfk FOREIGN KEY (c) REFERENCES p (id) ON DELETE CASCADE",
                "CREATE INDEX ni ON n (lower(e))",
                "INSERT INTO n SELECT 'y', g, 1 FROM generate_series(100, 199) AS g");
        PlanTrial.equalsPlain(server, setup, List.of(PLAIN), CHANGE);
        missing(server, setup, "DROP INDEX ni", "an index as ti, USING btree (lower(e))", "createIndex");
        missing(server, setup, "ALTER TABLE n DROP CONSTRAINT n_pkey", "lacks", "n");
        missing(server, setup, "ALTER TABLE n DROP CONSTRAINT nfk", "a foreign key as t_fk", "addForeignKey");
        missing(server, setup, "ALTER TABLE n DROP CONSTRAINT positive", "the check positive", "addCheck");
        missing(server, setup, "ALTER TABLE n ALTER c DROP NOT NULL", "NOT NULL of c", "setNotNull");
        missing(server, setup, "ALTER TABLE n DROP e", "has no column e", "n");
        missing(server, setup, "ALTER TABLE n ADD more int", "has columns that public.t has not: more", "n");
        missing(server, setup, "ALTER TABLE n ALTER c TYPE bigint", "of type bigint", "integer");
    }

    private static void missing(PgServer server, List<String> setup, String drop, String message, String operation)
            throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(setup, drop).toArray(String[]::new));
        refused(database, message, CHANGE);
        refused(database, operation, CHANGE);
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeAPartitionIsRefusedBeforeAnythingIsDone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(RANGE, "CREATE TABLE u (id int, c int, e text) PARTITION BY RANGE (id)")
                .toArray(String[]::new));
        refused(
                database,
                "partition \"n\" would overlap partition \"t0\"",
                attach("t", "n", "FOR VALUES FROM (50) TO (150)"));
        refused(database, "does not take public.n", attach("t", "n", "FOR VALUES IN (1)"));
        database.execute(
                "CREATE TABLE h (e text) PARTITION BY HASH (e)",
                "CREATE TABLE h0 (e text)",
                "CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
        refused(database, "takes no check as a proof", attach("h", "h0", "FOR VALUES WITH (MODULUS 2, REMAINDER 0)"));
        refused(database, "is a table", attach("n", "t0", BOUND));
        refused(database, "of another table", attach("u", "t0", BOUND));
        refused(database, "by another bound: FOR VALUES FROM (0) TO (100)", attach("t", "t0", BOUND));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void eachStatementLeavesAStateFromWhichItGoesOn(PgServer server) throws SQLException {
        List<String> setup = with(RANGE, "CREATE TABLE d PARTITION OF t DEFAULT");
        PgDatabase plain = server.newDatabase();
        plain.execute(with(setup, PLAIN).toArray(String[]::new));
        for (int cut = 0; cut <= 5; cut++) {
            PgDatabase database = server.newDatabase();
            database.execute(setup.toArray(String[]::new));
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                List<String> sql = Plans.of(connection, CHANGE).phases().stream()
                        .filter(phase -> phase.type().changesDatabase())
                        .flatMap(phase -> phase.sql().stream())
                        .toList();
                assertThat(sql).hasSize(7);
                for (String one : sql.subList(0, cut)) {
                    statement.execute(one);
                }
            }
            PlanTrial.carryOut(database, List.of(CHANGE));
            assertThat(PlanTrial.schema(database)).as("cut at %d", cut).isEqualTo(PlanTrial.schema(plain));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsThereIsDoneAndSomebodyElsesProofIsUsedAndStays(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(RANGE, PLAIN).toArray(String[]::new));
        PgDatabase proven = server.newDatabase();
        proven.execute(
                with(RANGE, "ALTER TABLE n ADD CONSTRAINT mine CHECK (id IS NOT NULL AND id >= 100 AND id < 200)")
                        .toArray(String[]::new));
        try (Connection there = database.connect();
                Connection connection = proven.connect()) {
            assertThat(Plans.of(there, CHANGE).phases()).allMatch(Phase::done);
            Plan plan = Plans.of(connection, CHANGE);
            assertThat(plan.phases().stream().filter(phase -> !phase.done()))
                    .singleElement()
                    .satisfies(phase -> assertThat(phase.sql()).hasSize(1));
        }
        PlanTrial.carryOut(proven, List.of(CHANGE));
        assertThat(proven.query("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = 'n'::regclass"))
                .containsExactly("mine");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void rowsInTheWrongPlaceAreFoundOfBothTables(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(with(
                        RANGE,
                        "CREATE TABLE d PARTITION OF t DEFAULT",
                        "INSERT INTO d VALUES (150, 1, 'z'), (250, 1, 'z')",
                        "INSERT INTO n VALUES ('z', NULL, 1), ('z', 200, 1)")
                .toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.violations(connection, Plans.of(connection, CHANGE)))
                    .isEqualTo(3);
        }
    }

    private static void refused(PgDatabase database, String message, ChangeSpec change) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, change))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
