package dev.phaselock.postgres;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgServer.PgRole;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SessionsIT {
    private static final String SERVERS = "dev.phaselock.postgres.PgServers#all";

    @ParameterizedTest
    @MethodSource(SERVERS)
    void asksTheSameOfEveryServerWhateverItsDefaultsSay(PgServer server) throws Exception {
        PgDatabase database = server.newDatabase();
        PgRole role = server.newRole("");
        for (String setting : List.of(
                "statement_timeout = '1s'",
                "lock_timeout = '1h'",
                "idle_in_transaction_session_timeout = 0",
                "default_transaction_isolation = 'serializable'",
                "search_path = 'pg_temp, evil'",
                "quote_all_identifiers = on",
                "client_min_messages = debug5")) {
            database.execute("ALTER ROLE " + role.name() + " SET " + setting);
        }
        try (Connection session = sessions(database.url(role), null, List.of("Shop", "\"We\"\"ird\""))
                .open()) {
            assertThat(session.getAutoCommit()).isTrue();
            assertThat(show(session, "application_name")).isEqualTo("phaselock/shop/orders-customer-fk/validate");
            assertThat(show(session, "statement_timeout")).isEqualTo("0");
            assertThat(show(session, "lock_timeout")).isEqualTo("2s");
            assertThat(show(session, "idle_in_transaction_session_timeout")).isEqualTo("1min");
            assertThat(show(session, "transaction_isolation")).isEqualTo("read committed");
            assertThat(show(session, "quote_all_identifiers")).isEqualTo("off");
            assertThat(show(session, "client_min_messages")).isEqualTo("warning");
            assertThat(show(session, "search_path")).isEqualTo("shop, \"We\"\"ird\", pg_temp");
            assertThat(show(session, "tcp_keepalives_idle")).isEqualTo("5");
            assertThat(show(session, "tcp_user_timeout")).isEqualTo("11000");
            if (server.major() >= 14) {
                assertThat(show(session, "idle_session_timeout")).isEqualTo("0");
                assertThat(show(session, "client_connection_check_interval")).isEqualTo("5s");
            }
            if (server.major() >= 17) {
                assertThat(show(session, "transaction_timeout")).isEqualTo("0");
            }
        }
    }

    @Test
    void actsAsTheRoleThatTheManifestNames() throws Exception {
        PgServer server = PgServers.newest();
        PgDatabase database = server.newDatabase();
        PgRole user = server.newRole("");
        PgRole owner = server.newRole("");
        database.execute("GRANT " + owner.name() + " TO " + user.name());
        try (Connection session =
                sessions(database.url(user), owner.name(), null).open()) {
            assertThat(query(session, "SELECT current_user || ' ' || session_user"))
                    .isEqualTo(owner.name() + " " + user.name());
        }
    }

    @Test
    void aRoleThatTheUserMayNotTakeOnIsRefusedAndTheConnectionIsClosed() throws Exception {
        PgServer server = PgServers.newest();
        PgDatabase database = server.newDatabase();
        PgRole user = server.newRole("");
        assertThat(reason(sessions(database.url(user), server.newRole("").name(), null), user.password()))
                .isEqualTo(Reason.PERMISSION_DENIED);
        assertThat(reason(sessions(database.url(user), "nobody_there", null), user.password()))
                .isEqualTo(Reason.INVALID_TARGET);
        await().atMost(10, SECONDS)
                .until(() -> "0"
                        .equals(database.queryOne(
                                "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + user.name() + "'")));
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aWrongPasswordIsSaidToBeWrong(PgServer server) throws Exception {
        PgRole role = new PgRole(server.newRole("").name(), "geheim");
        Failure failure = failure(sessions(server.database("postgres").url(role), null, null), "geheim");
        assertThat(failure.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(failure.reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
        assertThat(failure.sqlState()).isEqualTo("28P01");
        assertThat(failure.message())
                .isEqualTo("Password authentication failed for user \"" + role.name()
                        + "\": correct user and password in the Secret.");
    }

    @Test
    void aUserWhoIsNotThereIsToldAsAWrongPassword() {
        PgRole role = new PgRole("nobody_there", "geheim");
        assertThat(reason(sessions(PgServers.newest().database("postgres").url(role), null, null), "geheim"))
                .isEqualTo(Reason.CREDENTIALS_INVALID);
    }

    @Test
    void aMissingPasswordIsSaidToBeMissing() {
        String url = "postgresql://postgres@127.0.0.1:" + PgServers.newest().port() + "/postgres";
        Failure failure = failure(sessions(url, null, null), "geheim");
        assertThat(failure.reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
        assertThat(failure.message()).contains("asks for a password, and there is none");
    }

    @ParameterizedTest
    @MethodSource(SERVERS)
    void aMissingDatabaseIsNamed(PgServer server) throws Exception {
        PgRole role = server.newRole("");
        Failure failure = failure(sessions(server.database("nowhere").url(role), null, null), role.password());
        assertThat(failure.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(failure.reason()).isEqualTo(Reason.DATABASE_MISSING);
        assertThat(failure.message()).contains("\"nowhere\"");
    }

    @Test
    void whereNoServerListensItIsTriedAgain() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Failure failure = failure(sessions("postgresql://u:geheim@127.0.0.1:" + port + "/d", null, null), "geheim");
        assertThat(failure.outcome()).isEqualTo(Outcome.TRANSIENT);
        assertThat(failure.reason()).isEqualTo(Reason.CONNECTION_FAILED);
        assertThat(failure.message()).startsWith("No server listens at 127.0.0.1:" + port);
    }

    @Test
    void aHostNameThatIsNotKnownIsNamed() {
        Failure failure = failure(sessions("postgresql://u:geheim@shop-db.invalid/d", null, null), "geheim");
        assertThat(failure.reason()).isEqualTo(Reason.CONNECTION_FAILED);
        assertThat(failure.message()).startsWith("The host name in shop-db.invalid:5432 is not known");
    }

    @Test
    void aServerThatTakesTheConnectionAndSaysNothingIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "postgresql://u:geheim@127.0.0.1:" + silent.getLocalPort() + "/d?connect_timeout=1";
            Failure failure = failure(sessions(url, null, null), "geheim");
            assertThat(failure.outcome()).isEqualTo(Outcome.TRANSIENT);
            assertThat(failure.reason()).isEqualTo(Reason.CONNECTION_FAILED);
            assertThat(failure.message()).contains("does not answer in time");
        }
    }

    @Test
    void aServerThatIsFullIsTriedAgain() throws Exception {
        PgServer server = PgServers.newest();
        PgRole role = server.newRole("CONNECTION LIMIT 0");
        Failure failure = failure(sessions(server.database("postgres").url(role), null, null), role.password());
        assertThat(failure.outcome()).isEqualTo(Outcome.TRANSIENT);
        assertThat(failure.reason()).isEqualTo(Reason.RETRYING);
        assertThat(failure.sqlState()).isEqualTo("53300");
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "md5"})
    void neverAnswersAServerThatWantsThePasswordInAnotherWayThanScram(String method) throws Exception {
        PgServer server = PgServers.startOwn(17);
        try {
            PgDatabase database = server.newDatabase();
            database.execute("SET password_encryption = 'md5'; CREATE ROLE plain LOGIN PASSWORD 'geheim'");
            authenticate(database, "plain", method);
            Failure failure = failure(sessions(database.url(new PgRole("plain", "geheim")), null, null), "geheim");
            assertThat(failure.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(failure.reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
            assertThat(failure.message()).contains("scram-sha-256");
        } finally {
            server.local().delete();
        }
    }

    @Test
    void aServerThatAsksForNoPasswordIsFine() throws Exception {
        PgServer server = PgServers.startOwn(18);
        try {
            PgDatabase database = server.newDatabase();
            database.execute("CREATE ROLE trusted LOGIN");
            authenticate(database, "trusted", "trust");
            String url = "postgresql://trusted@127.0.0.1:" + server.port() + "/" + database.name();
            try (Connection session = sessions(url, null, null).open()) {
                assertThat(query(session, "SELECT current_user")).isEqualTo("trusted");
            }
        } finally {
            server.local().delete();
        }
    }

    @Test
    void aServerThatMayNotBeReachedFromHereIsSaidToRefuse() throws Exception {
        PgServer server = PgServers.startOwn(18);
        try {
            PgDatabase database = server.newDatabase();
            database.execute("CREATE ROLE kept_out LOGIN PASSWORD 'geheim'");
            authenticate(database, "kept_out", "reject");
            assertThat(reason(sessions(database.url(new PgRole("kept_out", "geheim")), null, null), "geheim"))
                    .isEqualTo(Reason.CREDENTIALS_INVALID);
        } finally {
            server.local().delete();
        }
    }

    @Test
    void aSessionThatIsEndedOrCutOffIsTriedAgain() throws Exception {
        PgDatabase database = PgServers.newest().newDatabase();
        try (Connection session = sessions(database.url(), null, null).open()) {
            database.execute("SELECT pg_terminate_backend(" + query(session, "SELECT pg_backend_pid()") + ")");
            SQLException ended = catchThrowableOfType(SQLException.class, () -> query(session, "SELECT 1"));
            assertThat(Failures.classify(ended).outcome()).isEqualTo(Outcome.TRANSIENT);
            assertThat(Failures.classify(ended).reason()).isEqualTo(Reason.RETRYING_CONNECTION);
            SQLException closed = catchThrowableOfType(SQLException.class, () -> query(session, "SELECT 1"));
            assertThat(Failures.classify(closed).reason()).isEqualTo(Reason.RETRYING_CONNECTION);
        }
    }

    @Test
    void theServerNoticesWithinSecondsThatARunnerIsGoneWhileItsStatementRuns() throws Exception {
        PgDatabase database = PgServers.newest().newDatabase();
        String sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database.name()
                + "' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
        Connection session = sessions(database.url(), null, null).open();
        Thread runner = Thread.ofVirtual().start(() -> {
            try (Statement statement = session.createStatement()) {
                statement.execute("SELECT pg_sleep(600)");
            } catch (SQLException _) {
                // Cut off, as is meant.
            }
        });
        await().atMost(10, SECONDS).until(() -> "1".equals(database.queryOne(sleeping)));
        session.abort(Runnable::run);
        await().atMost(20, SECONDS).until(() -> "0".equals(database.queryOne(sleeping)));
        runner.join();
    }

    @Test
    void aNameThatIsTooLongIsCutAtACharacterBoundary() throws Exception {
        assertThat(Sessions.applicationName("phaselock/" + "a".repeat(60)))
                .hasSize(63)
                .startsWith("phaselock/a");
        assertThat(Sessions.applicationName("phaselock/" + "ä".repeat(60))).isEqualTo("phaselock/" + "ä".repeat(26));
    }

    private static Sessions sessions(String url, String role, List<String> schemas) {
        DatabaseSpec spec = new DatabaseSpec(new SecretReference("x"), null, null, null, role, schemas, null);
        return new Sessions(ConnectionSettings.ofUrl(url, spec, Map.of()), "shop/orders-customer-fk", "validate");
    }

    private static Reason reason(Sessions sessions, String password) {
        return failure(sessions, password).reason();
    }

    /** How opening fails; nothing of it, not even the stack trace, may hold the password. */
    private static Failure failure(Sessions sessions, String password) {
        ConnectionFailedException exception = catchThrowableOfType(
                ConnectionFailedException.class, () -> sessions.open().close());
        StringWriter trace = new StringWriter();
        exception.printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).doesNotContain(password);
        assertThat(Failures.classify(new IllegalStateException(exception))).isEqualTo(exception.failure());
        assertThat(exception.failure().message()).hasSizeLessThanOrEqualTo(Failure.MAX_LENGTH);
        return exception.failure();
    }

    /** Lets a role log in by a method, before all other rules of {@code pg_hba.conf}. */
    private static void authenticate(PgDatabase database, String role, String method) throws SQLException, IOException {
        Path rules = Path.of(database.queryOne("SHOW hba_file"));
        String others = Files.readString(rules);
        Files.writeString(
                rules,
                "host all " + role + " 127.0.0.1/32 " + method + "\n" + others,
                StandardOpenOption.TRUNCATE_EXISTING);
        database.execute("SELECT pg_reload_conf()");
        await().atMost(10, SECONDS)
                .until(() -> database.queryOne("SELECT user_name[1] FROM pg_hba_file_rules LIMIT 1")
                        .equals(role));
        assertThatThrownBy(() -> database.server().database("no_such").connect())
                .isInstanceOf(SQLException.class);
    }

    private static String show(Connection session, String setting) throws SQLException {
        return query(session, "SHOW " + setting);
    }

    private static String query(Connection session, String sql) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
