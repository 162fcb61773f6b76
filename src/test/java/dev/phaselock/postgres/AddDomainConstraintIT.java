package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddDomainConstraintSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddDomainConstraintIT {
    private static final String[] SETUP = {
        "CREATE DOMAIN \"D $1'\" AS varchar(20) COLLATE \"C\"",
        "CREATE DOMAIN unused AS int",
        "CREATE DOMAIN listed AS int",
        "CREATE TABLE t (c \"D $1'\", d listed[])",
        "INSERT INTO t VALUES ('wrong', '{-1}')"
    };
    private static final String CONSTRAINTS = """
            SELECT t.typname, c.conname, c.convalidated, pg_get_constraintdef(c.oid)
            FROM pg_constraint c JOIN pg_type t ON t.oid = c.contypid ORDER BY 1, 2""";

    private static ChangeSpec add(String domain, String expression) {
        return ChangeSpec.of(new AddDomainConstraintSpec(domain, "\"K $1'\"", expression));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void itIsAsThePlainStatementMakesItNotValidWhereATableUsesTheDomain(PgServer server) throws SQLException {
        PgDatabase plain = server.newDatabase();
        plain.execute(SETUP);
        plain.execute(
                "ALTER DOMAIN \"D $1'\" ADD CONSTRAINT \"K $1'\" CHECK (VALUE IN ('a', 'b')) NOT VALID",
                "ALTER DOMAIN unused ADD CONSTRAINT \"K $1'\" CHECK (VALUE > 0)",
                "ALTER DOMAIN listed ADD CONSTRAINT \"K $1'\" CHECK (VALUE > 0) NOT VALID");
        PgDatabase database = server.newDatabase();
        database.execute(SETUP);
        List<ChangeSpec> changes =
                List.of(add("\"D $1'\"", "VALUE IN ('a', 'b')"), add("unused", "value > 0"), add("listed", "VALUE>0"));
        PlanTrial.carryOut(database, changes);
        assertThat(database.query(CONSTRAINTS)).isEqualTo(plain.query(CONSTRAINTS));
        try (Connection connection = database.connect()) {
            assertThat(Plans.of(connection, changes.toArray(ChangeSpec[]::new)).phases())
                    .allMatch(Phase::done);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatCannotBeIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "it is not there", add("missing", "VALUE > 0"), SETUP);
        PlanTrial.assertRefused(server, "it is no domain", add("t", "VALUE > 0"), SETUP);
        PlanTrial.assertRefused(server, "does not exist", add("unused", "other > 0"), SETUP);
        PlanTrial.assertRefused(
                server,
                "is there with another definition",
                add("unused", "VALUE > 1"),
                SETUP[1],
                "ALTER DOMAIN unused ADD CONSTRAINT \"K $1'\" CHECK (VALUE > 0)");
    }
}
