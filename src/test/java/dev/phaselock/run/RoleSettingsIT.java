package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Users with settings of their own (ALTER ROLE … SET), and users who act as another role: whole changes. */
class RoleSettingsIT {
    private static final String SERVERS = "dev.phaselock.postgres.PgServers#all";

    /** Each of them ends, blocks or misleads a session that takes it as it is. */
    private static final List<String> SETTINGS = List.of(
            "statement_timeout = '200ms'",
            "lock_timeout = '1ms'",
            "idle_in_transaction_session_timeout = '1ms'",
            "default_transaction_isolation = 'serializable'",
            "default_transaction_deferrable = on",
            "search_path = 'decoy, pg_catalog'",
            "client_min_messages = 'debug5'",
            "quote_all_identifiers = on",
            "standard_conforming_strings = off",
            "bytea_output = 'escape'",
            "DateStyle = 'SQL, DMY'",
            "row_security = off",
            "constraint_exclusion = on");

    @ParameterizedTest
    @MethodSource(SERVERS)
    void whatAUserHasSetForItselfChangesNothing(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole user = owner(database, "");
        database.execute(
                // What the search path of the user would find instead.
                "CREATE SCHEMA decoy",
                "CREATE TABLE decoy.customers (id int PRIMARY KEY)",
                "CREATE TABLE decoy.orders (id int PRIMARY KEY, customer_id int, total int)",
                "GRANT USAGE ON SCHEMA decoy TO " + user.name(),
                "ALTER TABLE decoy.orders OWNER TO " + user.name(),
                "ALTER TABLE decoy.customers OWNER TO " + user.name());
        List<String> settings = new ArrayList<>(SETTINGS);
        if (server.major() >= 14) {
            settings.add("idle_session_timeout = '1500ms'");
        }
        if (server.major() >= 17) {
            settings.add("transaction_timeout = '200ms'");
        }
        for (String setting : settings) {
            database.execute("ALTER ROLE " + user.name() + " SET " + setting);
        }
        // To look at its rows takes two seconds, and to validate them as long.
        database.execute(
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(0.02) IS NOT NULL'");
        for (ChangeSpec change : List.of(
                WholeChange.FOREIGN_KEY, ChangeSpec.of(new AddCheckSpec("orders", "slow", "slow(total)", null)))) {
            assertDone(WholeChange.at(database.url(user), WholeChange.ANY_DATABASE, change)
                    .runAll());
        }
        assertThat(database.query(
                        "SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated FROM pg_constraint"
                                + " WHERE conname IN ('wanted', 'slow') ORDER BY 1"))
                .containsExactly("orders slow true", "orders wanted true");
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aUserWhoseTransactionsAreReadOnlyIsToldWhereThatIsSet(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole user = owner(database, "");
        String alter = "ALTER ROLE " + user.name() + " %s default_transaction_read_only";
        WholeChange change = WholeChange.foreignKey(database.url(user));
        String hash = change.preflight().plan().hash();
        database.execute(alter.formatted("SET") + " = on");
        for (PhaseResult result : List.of(change.preflight(), change.run("1-apply", hash))) {
            assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(result.reason()).isEqualTo(Reason.READ_ONLY);
            assertThat(result.message())
                    .contains("default_transaction_read_only")
                    .contains("ALTER ROLE … SET");
        }
        assertThat(WholeChange.wanted(database)).isNull();
        database.execute(alter.formatted("RESET"));
        assertDone(change.runAll());
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aUserWithoutRightsOfItsOwnActsAsTheOwner(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole owner = owner(database, "");
        PgRole user = database.newRole("NOINHERIT");
        database.execute("GRANT " + owner.name() + " TO " + user.name());
        PhaseResult without =
                WholeChange.foreignKey(database.url(user)).runAll().getLast();
        assertThat(without.reason()).as(without.message()).isEqualTo(Reason.PERMISSION_DENIED);
        assertDone(WholeChange.at(database.url(user), actingAs(owner.name()), WholeChange.FOREIGN_KEY)
                .runAll());
        assertThat(WholeChange.wanted(database)).isEqualTo("FOREIGN KEY (customer_id) REFERENCES customers(id)");
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aUserWhoIsTheOwnerFromItsLoginOnNeedsNoRoleInTheManifest(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole owner = owner(database, "");
        PgRole user = database.newRole("NOINHERIT");
        database.execute(
                "GRANT " + owner.name() + " TO " + user.name(),
                "ALTER ROLE " + user.name() + " SET role = '" + owner.name() + "'");
        assertDone(WholeChange.foreignKey(database.url(user)).runAll());
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aRoleThatMayNotBeTakenOnIsRefusedWithTheGrantThatHelps(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole owner = owner(database, "");
        PgRole user = database.newRole("");
        WholeChange change = WholeChange.at(database.url(user), actingAs(owner.name()), WholeChange.FOREIGN_KEY);
        if (server.major() >= 16) {
            // A member, but one who may not act as the role.
            database.execute("GRANT " + owner.name() + " TO " + user.name() + " WITH SET FALSE");
        }
        PhaseResult refused = change.preflight();
        assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(refused.reason()).isEqualTo(Reason.PERMISSION_DENIED);
        String grant = "GRANT \"" + owner.name() + "\" TO \"" + user.name() + "\"";
        assertThat(refused.message()).startsWith("database.role: ").endsWith(": " + grant + ".");
        database.execute(grant + (server.major() >= 16 ? " WITH SET TRUE" : ""));
        assertDone(change.runAll());
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aUserOfOneConnectionIsToldThatAPhaseNeedsTwo(PgServer server) throws SQLException {
        PgDatabase database = shop(server);
        PgRole user = owner(database, "CONNECTION LIMIT 1");
        WholeChange change = WholeChange.foreignKey(database.url(user));
        PhaseResult result = change.run("1-apply", change.preflight().plan().hash());
        assertThat(result.outcome()).isEqualTo(Outcome.TRANSIENT);
        assertThat(result.sqlState()).isEqualTo("53300");
        assertThat(result.message()).contains(user.name()).contains("2 sessions at once");
        database.execute("ALTER ROLE " + user.name() + " CONNECTION LIMIT 2");
        assertDone(change.runAll());
    }

    private static PgDatabase shop(PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        WholeChange.createTables(database);
        return database;
    }

    private static PgRole owner(PgDatabase database, String attributes) throws SQLException {
        PgRole owner = database.newRole(attributes);
        database.execute(
                "ALTER TABLE orders OWNER TO " + owner.name(), "ALTER TABLE customers OWNER TO " + owner.name());
        return owner;
    }

    private static DatabaseSpec actingAs(String role) {
        return new DatabaseSpec(new SecretReference("shop-db"), null, null, null, role, null, null);
    }

    private static void assertDone(List<PhaseResult> results) {
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
    }
}
