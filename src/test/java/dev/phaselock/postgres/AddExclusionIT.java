package dev.phaselock.postgres;

import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.ChangeSpec;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddExclusionIT {
    private static final String DEFINITION =
            "USING gist (during WITH &&, int4range(n, n, '[]') WITH =) WHERE (n > 0) DEFERRABLE";
    private static final String[] SETUP = {
        "CREATE TABLE t (during int4range, n int)",
        "CREATE TABLE full_one (during int4range, n int)",
        "INSERT INTO full_one VALUES ('[1,2)', 1)",
        "CREATE TABLE pt (during int4range, n int) PARTITION BY RANGE (n)"
    };

    private static ChangeSpec add(String table, String definition) {
        return ChangeSpec.of(new AddExclusionSpec(table, "\"X $1'\"", definition));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void ofAnEmptyTableItIsAsThePlainStatementMakesIt(PgServer server) throws SQLException {
        PlanTrial.equalsPlain(
                server,
                List.of(SETUP),
                List.of("ALTER TABLE t ADD CONSTRAINT \"X $1'\" EXCLUDE " + DEFINITION),
                add("t", DEFINITION));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whereItCannotBeBuiltInAMomentItIsRefused(PgServer server) throws SQLException {
        PlanTrial.assertRefused(server, "only while all reads and writes wait", add("full_one", DEFINITION), SETUP);
        PlanTrial.assertRefused(server, "is partitioned", add("pt", DEFINITION), SETUP);
        PlanTrial.assertRefused(server, "has no default operator class", add("t", "USING gist (n WITH =)"), SETUP);
        PlanTrial.assertRefused(
                server,
                "is there with another definition",
                add("t", DEFINITION),
                SETUP[0],
                "ALTER TABLE t ADD CONSTRAINT \"X $1'\" EXCLUDE USING gist (during WITH &&)");
        PlanTrial.assertRefused(server, "\"X $1'\"", add("t", DEFINITION), SETUP[0], "CREATE TABLE \"X $1'\" (id int)");
    }
}
