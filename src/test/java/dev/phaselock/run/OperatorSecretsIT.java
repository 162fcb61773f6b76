package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole changes by Secrets as the operators of databases write them: with each of their keys and in their form, as in the
 * sources of CloudNativePG (pkg/specs/secrets.go), Crunchy's (generatePostgresUserSecret) and Zalando's operator. The host
 * is this machine's; the password has every character that one of the forms has to encode.
 */
class OperatorSecretsIT {
    private static final String PASSWORD = "g*h+e i&=@:/?#%\"'<>|;,$~!(ä)^`{}\\";

    /** Where a pooler is said to be; nothing listens there. */
    private static final int NOWHERE = 1;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void theApplicationsSecretOfCloudNativePg(int major) throws Exception {
        Login login = login(major);
        Map<String, String> keys = cloudNativePg(login, login.database().name());
        assertThat(keys).hasSize(11);
        assertDone(login, keys, null);
        assertDone(login, without(keys, "uri"), null);
        assertDone(login, without(keys, "uri", "jdbc-uri"), null);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void theSuperusersSecretOfCloudNativePgWhichIsForAnyDatabase(int major) throws Exception {
        Login login = login(major);
        Map<String, String> keys = cloudNativePg(login, "*");
        assertThat(keys.get("uri")).endsWith("/*");
        DatabaseSpec named = new DatabaseSpec(
                new SecretReference("shop-superuser"),
                null,
                null,
                login.database().name(),
                null,
                null,
                null);
        assertDone(login, keys, named);
        assertThat(change(keys, WholeChange.ANY_DATABASE).preflight().message())
                .contains("has no dbname")
                .contains("database");
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void theUsersSecretOfCrunchyWithAPoolerThatIsNotTaken(int major) throws Exception {
        Login login = login(major);
        Map<String, String> keys = crunchy(login);
        keys.put("pgbouncer-host", "127.0.0.1");
        keys.put("pgbouncer-port", Integer.toString(NOWHERE));
        keys.put("pgbouncer-uri", uri(login, NOWHERE, login.database().name()));
        keys.put("pgbouncer-jdbc-uri", jdbc(login, "127.0.0.1", NOWHERE, "&prepareThreshold=0"));
        keys.put("dbname", login.database().name());
        keys.put("uri", uri(login, login.port(), login.database().name()));
        keys.put("jdbc-uri", jdbc(login, "127.0.0.1", login.port(), ""));
        assertThat(keys).hasSize(12);
        assertDone(login, keys, null);
        assertDone(login, without(keys, "uri"), null);
        assertDone(login, without(keys, "uri", "jdbc-uri"), null);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void theSecretOfAUserOfCrunchysWithoutDatabases(int major) throws Exception {
        Login login = login(major);
        DatabaseSpec named = new DatabaseSpec(
                new SecretReference("hippo-pguser-app"),
                null,
                null,
                login.database().name(),
                null,
                null,
                null);
        assertDone(login, crunchy(login), named);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void theSecretOfZalandoWithHostPortAndNameFromTheManifest(int major) throws Exception {
        Login login = login(major);
        DatabaseSpec named = new DatabaseSpec(
                new SecretReference("app.acid-shop.credentials.postgresql.acid.zalan.do"),
                "127.0.0.1",
                login.port(),
                login.database().name(),
                null,
                null,
                null);
        assertDone(login, Map.of("username", login.user(), "password", PASSWORD), named);
    }

    /** A user with the password, who owns the tables. */
    private record Login(PgDatabase database, String user) {
        private int port() {
            return database.server().port();
        }
    }

    private static Login login(int major) throws SQLException {
        PgServer server = PgServers.of(major);
        PgDatabase database = server.newDatabase();
        WholeChange.createTables(database);
        PgRole role = database.newRole("");
        database.execute(
                "ALTER ROLE " + role.name() + " PASSWORD '" + PASSWORD.replace("'", "''") + "'",
                "ALTER TABLE orders OWNER TO " + role.name(),
                "ALTER TABLE customers OWNER TO " + role.name());
        return new Login(database, role.name());
    }

    private static Map<String, String> cloudNativePg(Login login, String database) {
        Map<String, String> keys = new TreeMap<>();
        keys.put("username", login.user());
        keys.put("user", login.user());
        keys.put("password", PASSWORD);
        keys.put("dbname", database);
        keys.put("host", "127.0.0.1");
        keys.put("port", Integer.toString(login.port()));
        keys.put("pgpass", "127.0.0.1:" + login.port() + ":" + database + ":" + login.user() + ":" + PASSWORD + "\n");
        keys.put("uri", uri(login, login.port(), database));
        keys.put(
                "jdbc-uri",
                jdbc(login, "127.0.0.1", login.port(), "")
                        .replace(login.database().name(), database));
        keys.put("fqdn-uri", uri(login, NOWHERE, database));
        keys.put(
                "fqdn-jdbc-uri",
                jdbc(login, "localhost", NOWHERE, "").replace(login.database().name(), database));
        return keys;
    }

    private static Map<String, String> crunchy(Login login) throws SQLException {
        Map<String, String> keys = new TreeMap<>();
        keys.put("host", "127.0.0.1");
        keys.put("port", Integer.toString(login.port()));
        keys.put("user", login.user());
        keys.put("password", PASSWORD);
        keys.put(
                "verifier",
                login.database().queryOne("SELECT rolpassword FROM pg_authid WHERE rolname = '" + login.user() + "'"));
        return keys;
    }

    /** As Go's net/url writes it: of the password these stay as they are. */
    private static String uri(Login login, int port, String database) {
        StringBuilder password = new StringBuilder();
        for (byte each : PASSWORD.getBytes(StandardCharsets.UTF_8)) {
            char letter = (char) (each & 0xff);
            boolean plain = letter < 128 && (Character.isLetterOrDigit(letter) || "-_.~$&+,;=".indexOf(letter) >= 0);
            password.append(plain ? Character.toString(letter) : "%%%02X".formatted(each));
        }
        return "postgresql://" + login.user() + ":" + password + "@127.0.0.1:" + port + "/" + database;
    }

    /** As its query is encoded: names in order, a space as a plus sign. */
    private static String jdbc(Login login, String host, int port, String more) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + login.database().name() + "?password="
                + URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8)
                        .replace("*", "%2A")
                        .replace("%7E", "~")
                + more + "&user=" + login.user();
    }

    private static Map<String, String> without(Map<String, String> keys, String... names) {
        Map<String, String> others = new TreeMap<>(keys);
        others.keySet().removeAll(Set.of(names));
        return others;
    }

    private void assertDone(Login login, Map<String, String> keys, @Nullable DatabaseSpec spec)
            throws IOException, SQLException {
        login.database().execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted");
        List<PhaseResult> results =
                change(keys, spec == null ? WholeChange.ANY_DATABASE : spec).runAll();
        assertThat(results)
                .as(new TreeSet<>(keys.keySet()).toString())
                .hasSize(3)
                .allSatisfy(result ->
                        assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE));
        assertThat(WholeChange.wanted(login.database()))
                .isEqualTo("FOREIGN KEY (customer_id) REFERENCES customers(id)");
    }

    private WholeChange change(Map<String, String> keys, DatabaseSpec spec) throws IOException {
        Path secret = Files.createTempDirectory(folder, "secret-");
        for (Map.Entry<String, String> key : keys.entrySet()) {
            Files.writeString(secret.resolve(key.getKey()), key.getValue());
        }
        return new WholeChange(
                () -> ConnectionSettings.ofSecret(secret, null, null, spec), spec, List.of(WholeChange.FOREIGN_KEY));
    }
}
