package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.DropTriggerSpec;
import dev.phaselock.convert.InconvertibleException;
import dev.phaselock.convert.SqlChanges;
import dev.phaselock.plan.Phase;
import dev.phaselock.sql.PgParser;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** createTrigger and dropTrigger. What is wanted is written as SQL: so that reading it is tried as well. */
class TriggersIT {
    private static final PgParser PARSER = new PgParser();

    private static final List<String> SETUP = List.of(
            "CREATE TABLE t (id int, state varchar(10), \"C $1'\" int)",
            "CREATE TABLE pt (id int, c int) PARTITION BY RANGE (id)",
            "CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
            "CREATE TABLE pt11 PARTITION OF pt1 FOR VALUES FROM (0) TO (10)",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "INSERT INTO t VALUES (1, 'new')",
            "INSERT INTO pt VALUES (1, 1)");

    private static ChangeSpec of(String sql) {
        try {
            return SqlChanges.of(PARSER, sql).getFirst();
        } catch (InconvertibleException e) {
            throw new AssertionError(e);
        }
    }

    private static ChangeSpec replacing(String sql) {
        CreateTriggerSpec wanted = of(sql).createTrigger();
        return ChangeSpec.of(new CreateTriggerSpec(
                wanted.table(),
                wanted.name(),
                wanted.timing(),
                wanted.events(),
                wanted.updateOf(),
                wanted.forEach(),
                wanted.when(),
                wanted.function(),
                wanted.arguments(),
                wanted.oldTable(),
                wanted.newTable(),
                wanted.constraint(),
                wanted.deferrable(),
                wanted.initiallyDeferred(),
                true));
    }

    private static ChangeSpec drop(String table, String name) {
        return ChangeSpec.of(new DropTriggerSpec(table, name));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aTriggerIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        List<String> wanted = List.of(
                "CREATE TRIGGER \"T $1'\" BEFORE INSERT OR UPDATE OF state, \"C $1'\" ON t FOR EACH ROW"
                        + " WHEN (new.state IN ('a', 'b') AND new.id > 0) EXECUTE FUNCTION f('x''\\y', 1)",
                "CREATE TRIGGER s AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n"
                        + " FOR EACH STATEMENT EXECUTE FUNCTION public.f()",
                "CREATE TRIGGER k BEFORE TRUNCATE ON t EXECUTE PROCEDURE f()",
                "CREATE CONSTRAINT TRIGGER c AFTER DELETE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                        + " EXECUTE FUNCTION f()",
                "CREATE TRIGGER p AFTER UPDATE ON pt FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)"
                        + " EXECUTE FUNCTION f()",
                "CREATE TRIGGER q BEFORE DELETE ON pt FOR EACH STATEMENT EXECUTE FUNCTION f()");
        PlanTrial.equalsPlain(
                server, SETUP, wanted, wanted.stream().map(TriggersIT::of).toArray(ChangeSpec[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void anotherTriggerGivesWayOnlyWhereThatIsWanted(PgServer server) throws SQLException {
        String before = "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        String after = "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        List<String> there = with(before);
        PlanTrial.assertRefused(server, "replace: true", of(after), there.toArray(String[]::new));
        PlanTrial.equalsPlain(server, there, List.of("DROP TRIGGER g ON t", after), replacing(after));
        String constraint = "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        PlanTrial.equalsPlain(server, there, List.of("DROP TRIGGER g ON t", constraint), replacing(constraint));
        String row = "CREATE TRIGGER g BEFORE INSERT ON pt FOR EACH ROW EXECUTE FUNCTION f()";
        String statement = row.replace("ROW", "STATEMENT");
        PlanTrial.equalsPlain(server, with(row), List.of("DROP TRIGGER g ON pt", statement), replacing(statement));
        PgDatabase database = server.newDatabase();
        database.execute(there.toArray(String[]::new));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, of(before)).phases()).allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void aTriggerIsDroppedAsThePlainStatementDoesIt(PgServer server) throws SQLException {
        List<String> there = with(
                "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
                "CREATE CONSTRAINT TRIGGER h AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
                "CREATE TRIGGER g AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION f()");
        PlanTrial.equalsPlain(
                server,
                there,
                List.of("DROP TRIGGER g ON t", "DROP TRIGGER h ON t", "DROP TRIGGER g ON pt"),
                drop("t", "g"),
                drop("t", "h"),
                drop("pt", "g"));
        PlanTrial.assertRefused(
                server, "belongs to the one of its partitioned table", drop("pt1", "g"), there.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefusedBeforeAnyLockIsTaken(PgServer server) throws SQLException {
        String[] there = with(
                        "CREATE TABLE p (id int PRIMARY KEY REFERENCES p)",
                        "CREATE TRIGGER d BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
                        "ALTER TABLE t DISABLE TRIGGER d",
                        "CREATE TRIGGER x BEFORE INSERT ON pt11 FOR EACH ROW EXECUTE FUNCTION f()")
                .toArray(String[]::new);
        PlanTrial.assertRefused(
                server,
                "function missing() does not exist",
                of("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION missing()"),
                there);
        PlanTrial.assertRefused(
                server,
                "must return type trigger",
                of("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g()"),
                there);
        PlanTrial.assertRefused(
                server,
                "is there, but disabled",
                of("CREATE TRIGGER d BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"),
                there);
        PlanTrial.assertRefused(
                server,
                "a trigger x is there on public.pt11",
                of("CREATE TRIGGER x BEFORE INSERT ON pt FOR EACH ROW EXECUTE FUNCTION f()"),
                there);
        PgDatabase database = server.newDatabase();
        database.execute(there);
        String internal = database.queryOne("SELECT min(tgname) FROM pg_trigger WHERE tgrelid = 'p'::regclass");
        PlanTrial.assertRefused(server, "is not there", drop("missing", "g"), there);
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Plans.of(connection, drop("p", "\"" + internal + "\"")))
                    .hasMessageContaining("belongs to a constraint");
        }
    }

    private static List<String> with(String... more) {
        List<String> all = new ArrayList<>(SETUP);
        all.addAll(List.of(more));
        return all;
    }
}
