package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropTableSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropTableIT {
    private static final List<String> SETUP = List.of(
            "CREATE TABLE p (id int PRIMARY KEY)",
            "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
            "CREATE TABLE r11 PARTITION OF r1 FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE \"T $1'\" (id serial PRIMARY KEY, up int REFERENCES \"T $1'\", p int REFERENCES p, r int REFERENCES r)",
            "CREATE TABLE pt (id int PRIMARY KEY, p int REFERENCES p) PARTITION BY RANGE (id)",
            "CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
            "CREATE TABLE pt11 PARTITION OF pt1 FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE referring (id int CONSTRAINT fk REFERENCES pt)",
            "CREATE TABLE parent (id int)",
            "CREATE TABLE child () INHERITS (parent)",
            "CREATE TABLE seen (id int)",
            "CREATE VIEW sight AS SELECT id FROM seen",
            "CREATE TABLE row_of (s seen)",
            "INSERT INTO p VALUES (1)",
            "INSERT INTO \"T $1'\" VALUES (1, 1, 1, NULL)",
            "INSERT INTO pt VALUES (1, 1)");

    private static ChangeSpec drop(String table) {
        return ChangeSpec.of(new DropTableSpec(table));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aTableGoesAsByThePlainStatement(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, SETUP, List.of("DROP TABLE \"T $1'\", child"), drop("\"T $1'\""), drop("public.child"));
        List<String> alone = new ArrayList<>(SETUP);
        alone.add("DROP TABLE referring");
        PlanTrial.equalsPlain(server, alone, List.of("DROP TABLE pt"), drop("pt"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatDependsOnItMayBeNamedBefore(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server, SETUP, List.of("DROP TABLE referring", "DROP TABLE pt"), drop("referring"), drop("pt"));
        PlanTrial.equalsPlain(
                server,
                SETUP,
                List.of("ALTER TABLE referring DROP CONSTRAINT fk", "DROP TABLE pt"),
                ChangeSpec.of(new DropConstraintSpec("referring", "fk")),
                drop("pt"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatOthersNeedStays(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(SETUP.toArray(String[]::new));
        refused(database, "CASCADE): constraint fk on table public.referring", drop("pt"));
        refused(database, "table public.child", drop("parent"));
        refused(database, "column s of table public.row_of; view public.sight", drop("seen"));
        refused(database, "first a SchemaChange with detachPartition", drop("pt1"));
        refused(database, "public.sight is a view", drop("sight"));
        refused(database, "changes[0] and changes[1] are both about", drop("pt"), drop("public.pt"));
        refused(
                database,
                "changes[0] and changes[1] are both about",
                ChangeSpec.of(new SetStatisticsSpec("child", "id", 10)),
                drop("child"));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofSeveralSchemasANameMustSayWhich(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE SCHEMA s", "CREATE TABLE s.t (id int)", "CREATE TABLE t (id int)");
        List<String> schemas = List.of("s", "public");
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.in(connection, schemas, drop("t")))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("name its schema");
            Plans.carryOut(connection, Plans.in(connection, schemas, drop("s.t")));
            assertThat(Plans.in(connection, schemas, drop("s.t")).phases()).allMatch(Phase::done);
        }
        assertThat(database.query("SELECT oid::regclass::text FROM pg_class WHERE relname = 't'"))
                .containsExactly("t");
    }

    private static void refused(PgDatabase database, String message, ChangeSpec... changes) throws SQLException {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, changes))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(message);
        }
    }
}
