package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.api.SetStorageSpec.Storage;
import dev.phaselock.plan.Phase;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetStorageIT {
    private static final String STORAGES = "SELECT attrelid::regclass, attstorage FROM pg_attribute"
            + " WHERE attname = 'c' AND attrelid::regclass::text ~ '^t' ORDER BY attrelid";
    private static final String[] PARTITIONED = {
        "CREATE TABLE t (id int, c text) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)",
        "INSERT INTO t VALUES (1, 'a')",
        "ALTER TABLE t1 ALTER c SET STORAGE PLAIN"
    };

    private static ChangeSpec set(String column, Storage storage) {
        return ChangeSpec.of(new SetStorageSpec("t", column, storage));
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void asThePlainStatementMakesIt(PgServer server) throws SQLException {
        for (Storage storage : Storage.values()) {
            PgDatabase database = server.newDatabase();
            PgDatabase plain = server.newDatabase();
            for (PgDatabase each : List.of(database, plain)) {
                each.execute(PARTITIONED);
            }
            String file = "SELECT pg_relation_filenode('t1')";
            List<String> before = database.query(file);
            PlanTrial.carryOut(database, List.of(set("c", storage)));
            plain.execute("ALTER TABLE t ALTER c SET STORAGE " + storage);
            assertThat(database.query(STORAGES))
                    .isEqualTo(plain.query(STORAGES))
                    .hasSize(2);
            assertThat(database.query(file)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void whatIsSoAlreadyNeedsNoStatementAndNoOwnerAndWhatCannotBeIsRefused(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute("CREATE TABLE t (i int, c text)", "ALTER TABLE t ALTER c SET STORAGE main");
        PgRole role = server.newRole("");
        database.execute("GRANT SELECT ON t TO " + role.name());
        try (Connection connection = database.connect(role)) {
            assertThat(Plans.of(connection, set("c", Storage.MAIN)).phases()).allMatch(Phase::done);
            assertRefused(connection, "is not the owner of public.t", set("c", Storage.PLAIN));
            assertRefused(connection, "can only have storage PLAIN", set("i", Storage.EXTENDED));
            assertRefused(connection, "is not there", set("x", Storage.PLAIN));
        }
    }

    private static void assertRefused(Connection connection, String message, ChangeSpec change) {
        assertThatThrownBy(() -> Plans.of(connection, change))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(message);
    }
}
