package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.api.ConfigMapKeyReference;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that asks who we are by certificate: {@code bycertificate} alone, {@code byboth} for its password too. */
final class ClientCertificateIT {
    private static PgServer server;
    private static Path authority;
    private static Certificates.Server mine;
    private static Certificates.Server both;
    private static Certificates.Server foreign;

    @TempDir
    private Path folder;

    private Path secret;
    private Path ca;
    private Path client;

    @BeforeAll
    static void startServer(@TempDir Path made) throws Exception {
        Certificates certificates = new Certificates(made);
        authority = certificates.authority("authority");
        certificates.authority("other");
        mine = certificates.server("authority", "bycertificate");
        both = certificates.server("authority", "byboth");
        foreign = certificates.server("other", "foreign");
        server = TlsServers.start(certificates.server("authority", "localhost"));
        server.database("postgres")
                .execute("CREATE ROLE bycertificate LOGIN", "CREATE ROLE byboth LOGIN PASSWORD 'geheim'");
        TlsServers.askForCertificates(
                server,
                authority,
                "hostssl all bycertificate all cert",
                "hostssl all byboth all scram-sha-256 clientcert=verify-full");
    }

    @AfterAll
    static void endServer() throws IOException {
        server.local().delete();
    }

    @BeforeEach
    void mount() throws IOException {
        secret = Files.createDirectories(folder.resolve("secret"));
        ca = Files.createDirectories(folder.resolve("ca"));
        client = Files.createDirectories(folder.resolve("client"));
        Files.copy(authority, ca.resolve("bundle.pem"));
        Files.writeString(secret.resolve("host"), "localhost");
        Files.writeString(secret.resolve("port"), Integer.toString(server.port()));
        Files.writeString(secret.resolve("dbname"), "postgres");
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "VERIFY_CA", "VERIFY_FULL"})
    void aCertificateLogsInWithoutAPassword(TlsSpec.Mode mode) throws Exception {
        user("bycertificate", null);
        certificate(client, mine);
        assertThat(shown(settings(mode, true))).isEqualTo("bycertificate /CN=bycertificate");
    }

    @Test
    void theDatabasesSecretMayHoldTheCertificate() throws Exception {
        user("bycertificate", null);
        certificate(secret, mine);
        assertThat(shown(settings(TlsSpec.Mode.VERIFY_FULL, false))).isEqualTo("bycertificate /CN=bycertificate");
    }

    @Test
    void aCertificateAndAPasswordTogetherLogIn() throws Exception {
        user("byboth", "geheim");
        certificate(client, both);
        assertThat(shown(settings(TlsSpec.Mode.VERIFY_FULL, true))).isEqualTo("byboth /CN=byboth");
    }

    @Test
    void filesThatAGroupMayReadAreFine() throws Exception {
        user("bycertificate", null);
        certificate(client, mine);
        Files.setPosixFilePermissions(client.resolve("tls.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(shown(settings(TlsSpec.Mode.VERIFY_FULL, true))).startsWith("bycertificate");
    }

    @Test
    void aCertificateOnACommandLineLogsIn() throws Exception {
        certificate(client, mine);
        String url =
                "postgresql://bycertificate@localhost:" + server.port() + "/postgres?sslmode=verify-full&sslrootcert="
                        + authority + "&sslcert=" + client.resolve("tls.crt") + "&sslkey=" + client.resolve("tls.key");
        assertThat(shown(ConnectionSettings.ofUrl(url, null, Map.of()))).startsWith("bycertificate");
    }

    @Test
    void withoutACertificateTheServersRefusalIsTold() throws Exception {
        user("byboth", "geheim");
        Failure failure = failure(settings(TlsSpec.Mode.VERIFY_FULL, false));
        assertThat(failure.reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
        assertThat(failure.message()).contains("client certificate");
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefusedByName() throws Exception {
        user("bycertificate", null);
        certificate(client, foreign);
        Failure failure = failure(settings(TlsSpec.Mode.VERIFY_FULL, true));
        assertThat(failure.message()).contains("client certificate");
        assertThat(failure.outcome()).isEqualTo(Outcome.REFUSED);
    }

    @Test
    void aServerIsVerifiedWithAClientCertificateToo() throws Exception {
        user("bycertificate", null);
        certificate(client, mine);
        Files.writeString(ca.resolve("bundle.pem"), foreign.certificate());
        assertThat(failure(settings(TlsSpec.Mode.VERIFY_FULL, true)).reason())
                .isEqualTo(Reason.TLS_VERIFICATION_FAILED);
        Files.copy(authority, ca.resolve("bundle.pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(secret.resolve("host"), "127.0.0.1");
        assertThat(failure(settings(TlsSpec.Mode.VERIFY_FULL, true)).message()).contains("another host name");
    }

    @Test
    void anAuthorityThatIsRotatedCountsFromTheNextConnectionOn() throws Exception {
        user("bycertificate", null);
        certificate(client, mine);
        assertThat(shown(settings(TlsSpec.Mode.VERIFY_FULL, true))).startsWith("bycertificate");
        Files.writeString(ca.resolve("bundle.pem"), foreign.certificate());
        assertThat(failure(settings(TlsSpec.Mode.VERIFY_FULL, true)).reason())
                .isEqualTo(Reason.TLS_VERIFICATION_FAILED);
        Files.writeString(ca.resolve("bundle.pem"), foreign.certificate() + Files.readString(authority));
        assertThat(shown(settings(TlsSpec.Mode.VERIFY_FULL, true))).startsWith("bycertificate");
    }

    @Test
    void whatIsMissingOrDoesNotFitIsNamed() throws Exception {
        user("bycertificate", null);
        assertThat(refusal()).contains("database.tls.clientCertificateSecretRef", "shop-client", "is missing");
        Files.writeString(client.resolve("tls.crt"), mine.certificate());
        assertThat(refusal()).contains("shop-client", "has no tls.key");
        Files.writeString(client.resolve("tls.key"), both.key());
        assertThat(refusal()).contains("tls.key", "shop-client", "not the key of the certificate in tls.crt");
        Files.writeString(client.resolve("tls.key"), "geheim");
        assertThat(refusal())
                .contains("tls.key", "not a private key in PEM form")
                .doesNotContain("geheim");
        Files.writeString(client.resolve("tls.crt"), "geheim");
        assertThat(refusal())
                .contains("tls.crt", "not a certificate in PEM form")
                .doesNotContain("geheim");
        certificate(client, mine);
        Files.delete(ca.resolve("bundle.pem"));
        assertThat(refusal())
                .contains("database.tls.caConfigMapRef: the ConfigMap shop-ca", "bundle.pem", "is missing");
        Files.writeString(ca.resolve("bundle.pem"), "x");
        assertThat(refusal()).contains("database.tls.caConfigMapRef: the ConfigMap shop-ca", "not a certificate");
    }

    private String refusal() {
        return catchThrowableOfType(InvalidConnectionException.class, () -> settings(TlsSpec.Mode.VERIFY_FULL, true))
                .getMessage();
    }

    private void user(String name, @Nullable String password) throws IOException {
        Files.writeString(secret.resolve("user"), name);
        if (password != null) {
            Files.writeString(secret.resolve("password"), password);
        }
    }

    private static void certificate(Path folder, Certificates.Server pair) throws IOException {
        Files.writeString(folder.resolve("tls.crt"), pair.certificate());
        Files.writeString(folder.resolve("tls.key"), pair.key());
    }

    private ConnectionSettings settings(TlsSpec.Mode mode, boolean ofItsOwnSecret) {
        TlsSpec tls = new TlsSpec(
                mode,
                null,
                new ConfigMapKeyReference("shop-ca", "bundle.pem"),
                ofItsOwnSecret ? new SecretReference("shop-client") : null);
        return ConnectionSettings.ofSecret(
                secret,
                ca,
                ofItsOwnSecret ? client : null,
                new DatabaseSpec(new SecretReference("shop-db"), null, null, null, null, null, tls));
    }

    private static Connection open(ConnectionSettings settings) throws SQLException {
        return new Sessions(settings, "shop/tls", "preflight").open();
    }

    private static Failure failure(ConnectionSettings settings) {
        return catchThrowableOfType(
                        ConnectionFailedException.class, () -> open(settings).close())
                .failure();
    }

    /** Who we are, and by which certificate. */
    private static String shown(ConnectionSettings settings) throws SQLException {
        try (Connection session = open(settings);
                Statement statement = session.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT current_user || ' ' || client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
