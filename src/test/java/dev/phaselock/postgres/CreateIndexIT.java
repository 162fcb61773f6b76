package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.api.CreateIndexSpec.Nulls;
import dev.phaselock.api.CreateIndexSpec.Order;
import dev.phaselock.api.CreateIndexSpec.Parameter;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.Plan;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CreateIndexIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int PRIMARY KEY, c int, d int, e varchar(20), \"C %'$1\" text COLLATE \"C\", j jsonb,"
                    + " composite pg_temp_type, tags int[])",
            "INSERT INTO t (id, c, d, e) SELECT g, g, 1, 'x' || g FROM generate_series(1, 100) AS g");
    private static final String TYPE = "CREATE TYPE pg_temp_type AS (a int, b int)";

    static ChangeSpec index(@Nullable String name, Column... columns) {
        return ChangeSpec.of(new CreateIndexSpec("t", name, List.of(columns), null, null, null, null, null, null));
    }

    private static ChangeSpec unique(@Nullable String name, @Nullable String where, Column... columns) {
        return ChangeSpec.of(new CreateIndexSpec("t", name, List.of(columns), null, null, true, null, where, null));
    }

    private static Column expression(String expression) {
        return new Column(null, expression, null, null, null, null);
    }

    private static List<String> setup(String... more) {
        List<String> setup = new ArrayList<>(List.of(TYPE));
        setup.addAll(SETUP);
        setup.addAll(List.of(more));
        return setup;
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void indexesAreAsThePlainStatementsMakeThem(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                setup(),
                List.of(
                        "CREATE INDEX i1 ON t (c)",
                        "CREATE UNIQUE INDEX i2 ON t (c DESC, d ASC NULLS FIRST) INCLUDE (e) WITH (fillfactor = 70)"
                                + " WHERE d IN (1, 2) AND e IN ('a', 'b')",
                        "CREATE INDEX i3 ON t USING hash (e COLLATE \"C\")",
                        "CREATE INDEX i4 ON t (lower(e) text_pattern_ops, (t.c + d), \"C %'$1\" pg_catalog.text_ops)",
                        "CREATE INDEX i5 ON t USING gin (j jsonb_path_ops, tags)",
                        "CREATE INDEX \"I'6 $phaselock$ ; ?\" ON t USING brin (c, d) WITH (pages_per_range = 8, autosummarize = on)"),
                index("i1", Column.of("c")),
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        "i2",
                        List.of(
                                new Column("c", null, null, null, Order.DESC, null),
                                new Column("d", null, null, null, Order.ASC, Nulls.FIRST)),
                        List.of("e"),
                        null,
                        true,
                        null,
                        "d IN (1, 2) AND e IN ('a', 'b')",
                        List.of(new Parameter("fillfactor", "70")))),
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        "i3",
                        List.of(new Column("e", null, "\"C\"", null, null, null)),
                        null,
                        "hash",
                        null,
                        null,
                        null,
                        null)),
                index(
                        "i4",
                        new Column(null, "lower(e)", null, "text_pattern_ops", null, null),
                        expression("t.c + d"),
                        new Column("\"C %'$1\"", null, null, "pg_catalog.text_ops", null, null)),
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        "i5",
                        List.of(new Column("j", null, null, "jsonb_path_ops", null, null), Column.of("tags")),
                        null,
                        "GIN",
                        null,
                        null,
                        null,
                        null)),
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        "\"I'6 $phaselock$ ; ?\"",
                        List.of(Column.of("c"), Column.of("d")),
                        null,
                        "brin",
                        null,
                        null,
                        null,
                        List.of(new Parameter("pages_per_range", "8"), new Parameter("autosummarize", "on")))));
    }

    static Stream<PgServer> since15() {
        return PgServers.between(15, 18);
    }

    @ParameterizedTest
    @MethodSource("since15")
    void nullsThatAreNotDistinct(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                setup(),
                List.of("CREATE UNIQUE INDEX i ON t (c, e) NULLS NOT DISTINCT"),
                ChangeSpec.of(new CreateIndexSpec(
                        "t", "i", List.of(Column.of("c"), Column.of("e")), null, null, true, true, null, null)));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void withoutANameItGetsTheOneThatPostgresqlGives(PgServer server) throws SQLException {
        String longName = "\"Größe" + "ü".repeat(28) + "\"";
        PlanTrial.equalsPlain(
                server,
                setup(
                        "CREATE TABLE t_c_idx (c int)",
                        "CREATE TABLE t_lower_expr_expr1_d_idx (c int)",
                        "ALTER TABLE t ADD COLUMN " + longName + " text"),
                List.of(
                        "CREATE INDEX ON t (c)",
                        "CREATE INDEX ON t (lower(e), (c + d), (c - d)) INCLUDE (d)",
                        "CREATE INDEX ON t (" + longName + ", d)"),
                index(null, Column.of("c")),
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        null,
                        List.of(expression("lower(e)"), expression("c + d"), expression("c - d")),
                        List.of("d"),
                        null,
                        null,
                        null,
                        null,
                        null)),
                index(null, Column.of(longName), Column.of("d")));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void inAnotherSchemaAndOnATableThatOthersInherit(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                "CREATE SCHEMA \"S 1\"",
                "CREATE TABLE \"S 1\".t (id int, c int)",
                "CREATE TABLE \"S 1\".child () INHERITS (\"S 1\".t)");
        ChangeSpec change = ChangeSpec.of(
                new CreateIndexSpec("\"S 1\".t", "i", List.of(Column.of("c")), null, null, null, null, null, null));
        PlanTrial.carryOut(database, List.of(change));
        assertThat(database.query("SELECT indexrelid::regclass FROM pg_index WHERE indrelid >= 16384"))
                .containsExactly("\"S 1\".i");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void oneThatIsThereIsAdoptedWithoutAnyStatement(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                setup("CREATE INDEX i ON t (e) WHERE e IN ('a', 'b')", "CREATE UNIQUE INDEX other_name ON t (c)")
                        .toArray(String[]::new));
        ChangeSpec where = ChangeSpec.of(new CreateIndexSpec(
                "t", "i", List.of(Column.of("e")), null, "btree", null, null, "e  in ('a','b')", null));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, where, unique(null, null, Column.of("c")))
                            .phases())
                    .allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aNameWithAnotherDefinitionOrOfSomethingElseIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup("CREATE INDEX i ON t (d)", "CREATE TABLE other (c int)", "CREATE INDEX j ON other (c)")
                .toArray(String[]::new));
        refused(database, "another definition: USING btree (d); wanted: USING btree (c)", index("i", Column.of("c")));
        refused(database, "another definition", unique("i", null, Column.of("d")));
        refused(database, "the name other is taken in schema public", index("other", Column.of("c")));
        refused(
                database,
                "the name j is taken in schema public: index public.j of table public.other",
                index("j", Column.of("c")));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatTheServerDoesNotTakeIsRefusedBeforeAnythingIsDone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(
                setup("CREATE TABLE parted (id int, c int) PARTITION BY RANGE (id)", "CREATE VIEW v AS SELECT 1 AS c")
                        .toArray(String[]::new));
        refused(database, "must be marked IMMUTABLE", index("i", expression("now()")));
        refused(database, "column \"nope\"", index("i", Column.of("nope")));
        refused(
                database,
                "no default operator class",
                index(
                        "i",
                        new Column("j", null, null, null, null, null),
                        Column.of("composite"),
                        expression("point(1, 2)")));
        refused(database, "does not exist", index("i", new Column("c", null, null, "nope_ops", null, null)));
        refused(
                database,
                "unique constraint on partitioned table must include all partitioning columns",
                ChangeSpec.of(new CreateIndexSpec(
                        "parted", "i", List.of(Column.of("c")), null, null, true, null, null, null)));
        refused(
                database,
                "v is a view",
                ChangeSpec.of(
                        new CreateIndexSpec("v", "i", List.of(Column.of("c")), null, null, null, null, null, null)));
        refused(
                database,
                "unrecognized parameter",
                ChangeSpec.of(new CreateIndexSpec(
                        "t",
                        "i",
                        List.of(Column.of("c")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(new Parameter("nope", "1")))));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anInvalidIndexOfSomebodyElseIsNamedAndLeftAlone(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup(
                        "CREATE INDEX i ON t (c)",
                        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass")
                .toArray(String[]::new));
        refused(database, "DROP INDEX CONCURRENTLY \"public\".\"i\"", index("i", Column.of("c")));
        // Without a name it is none that could be adopted.
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, index(null, Column.of("c"))).validated())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatOurOwnBuildLeftIsDroppedAndBuiltAgainAndAnotherOfItsNameIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(setup().toArray(String[]::new));
        ChangeSpec change = index("wanted", Column.of("c"));
        try (Connection connection = database.connect()) {
            Plan plan = Plans.of(connection, change);
            String create = plan.phases().getFirst().sql().getFirst();
            database.execute(
                    create,
                    "UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text LIKE 'phaselock_build_wanted_%'");
            Plan again = Plans.of(connection, change);
            assertThat(again.hash()).isEqualTo(plan.hash());
            assertThat(again.phases().getFirst().sql()).hasSize(3);
            assertThat(again.phases().getFirst().sql().getFirst()).startsWith("DROP INDEX CONCURRENTLY");
            Plans.carryOut(connection, again);
            assertThat(Plans.of(connection, change).validated()).isTrue();
            assertThat(
                            database.query(
                                    "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 't'::regclass AND NOT indisprimary"))
                    .containsExactly("wanted");

            database.execute("DROP INDEX wanted", create);
            Plan built = Plans.of(connection, change);
            assertThat(built.phases().getFirst().done()).isFalse();
            assertThat(built.phases().getFirst().sql())
                    .singleElement()
                    .asString()
                    .contains("RENAME TO");

            database.execute(
                    "DROP INDEX "
                            + database.queryOne(
                                    "SELECT indexrelid::regclass FROM pg_index WHERE indexrelid::regclass::text LIKE 'phaselock_build%'"),
                    create.replace("(\"c\")", "(\"d\")"));
            refused(database, "the name is kept for Phaselock's own", change);
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
