package dev.phaselock.postgres;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretKeyReference;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.PgServer.PgRole;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a certificate for {@code localhost}; it is also reachable as 127.0.0.1, a name that it does not have. */
final class TlsIT {
    /** Where a CA can be given: all of them are named. */
    private static final String[] FIELDS = {"database.tls.caSecretRef", "database.tls.caConfigMapRef", "ca.crt"};

    private static PgServer server;
    private static Certificates certificates;
    private static Path authority;
    private static Path otherAuthority;

    @TempDir
    private Path secret;

    @BeforeAll
    static void startServerWithCertificate(@TempDir Path folder) throws Exception {
        certificates = new Certificates(folder);
        authority = certificates.authority("authority");
        otherAuthority = certificates.authority("other");
        server = TlsServers.start(certificates.server("authority", "localhost"));
    }

    @AfterAll
    static void endServer() throws IOException {
        server.local().delete();
    }

    @Test
    void theRightAuthorityAndHostNameAreAccepted() throws Exception {
        assertThat(encrypted(settings("localhost", TlsSpec.Mode.VERIFY_FULL, authority)))
                .isTrue();
    }

    @Test
    void anotherAuthorityIsRefused() throws Exception {
        Failure failure = failure(settings("localhost", TlsSpec.Mode.VERIFY_FULL, otherAuthority));
        assertThat(failure.message()).contains("not signed by the given CA").contains(FIELDS);
        assertThat(failure(settings("localhost", TlsSpec.Mode.VERIFY_CA, otherAuthority))
                        .message())
                .contains("not signed by the given CA");
    }

    @Test
    void anotherHostNameIsRefused() throws Exception {
        assertThat(failure(settings("127.0.0.1", TlsSpec.Mode.VERIFY_FULL, authority))
                        .message())
                .contains("127.0.0.1:" + server.port())
                .contains("is for another host name")
                .contains("database.tls.mode");
        assertThat(encrypted(settings("127.0.0.1", TlsSpec.Mode.VERIFY_CA, authority)))
                .isTrue();
    }

    @Test
    void withoutAnAuthorityTheTrustStoreOfTheJvmDecides() throws Exception {
        assertThat(failure(settings("localhost", TlsSpec.Mode.VERIFY_FULL, null))
                        .message())
                .contains("an authority that the JVM knows")
                .contains(FIELDS);
        Path trusting = certificates.trustStore("authority");
        assertThat(connectInAnotherJvm(trusting, "localhost")).isEqualTo("encrypted");
        assertThat(connectInAnotherJvm(certificates.trustStore("other"), "localhost"))
                .isEqualTo("TLSVerificationFailed");
        assertThat(connectInAnotherJvm(trusting, "127.0.0.1")).isEqualTo("TLSVerificationFailed");
    }

    @Test
    void requireEncryptsAndVerifiesNothing() throws Exception {
        assertThat(encrypted(settings("127.0.0.1", TlsSpec.Mode.REQUIRE, null))).isTrue();
        assertThat(encrypted(settings("127.0.0.1", TlsSpec.Mode.REQUIRE, otherAuthority)))
                .isTrue();
    }

    @Test
    void disableAndALoopbackAddressEncryptNothing() throws Exception {
        assertThat(encrypted(settings("localhost", TlsSpec.Mode.DISABLE, null))).isFalse();
        assertThat(encrypted(settings("localhost", null, authority))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "VERIFY_CA", "VERIFY_FULL"})
    void aServerWithoutTlsIsRefused(TlsSpec.Mode mode) throws Exception {
        Failure failure = failure(settings(PgServers.of(17), "localhost", mode, authority));
        assertThat(failure.message()).contains("offers no TLS").contains("database.tls.mode");
    }

    @Test
    void aCertificateThatHasExpiredIsRefusedAsSuch() throws Exception {
        PgServer late = TlsServers.start(certificates.expired("authority", "localhost"));
        try {
            Failure failure = failure(settings(late, "localhost", TlsSpec.Mode.VERIFY_FULL, authority));
            assertThat(failure.message()).contains("has expired").contains(FIELDS);
        } finally {
            late.local().delete();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "VERIFY_CA", "VERIFY_FULL"})
    void whoSaysThatTheServerHasNoTlsSeesNothingInClear(TlsSpec.Mode mode) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            CompletableFuture<byte[]> seen = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try (Socket client = listener.accept()) {
                    byte[] asked = client.getInputStream().readNBytes(8);
                    client.getOutputStream().write('N');
                    byte[] more = client.getInputStream().readAllBytes();
                    seen.complete(ByteBuffer.allocate(asked.length + more.length)
                            .put(asked)
                            .put(more)
                            .array());
                } catch (IOException e) {
                    seen.completeExceptionally(e);
                }
            });
            ConnectionSettings settings = settings("localhost:" + listener.getLocalPort(), mode, authority);
            assertThat(failure(settings).message()).contains("offers no TLS").contains("database.tls.mode");
            // SSLRequest: its length and 80877103; neither user nor database, nor anything else.
            assertThat(seen.get(10, SECONDS)).containsExactly(0, 0, 0, 8, 4, 210, 22, 47);
        }
    }

    @Test
    void aServerThatWantsTlsSaysSo() throws Exception {
        PgDatabase database = server.database("postgres");
        PgRole role = server.newRole("");
        Path rules = Path.of(database.queryOne("SHOW hba_file"));
        Files.writeString(rules, "hostnossl all " + role.name() + " 127.0.0.1/32 reject\n" + Files.readString(rules));
        database.execute("SELECT pg_reload_conf()");
        await().atMost(10, SECONDS)
                .until(() -> database.queryOne("SELECT user_name[1] FROM pg_hba_file_rules LIMIT 1")
                        .equals(role.name()));
        ConnectionSettings plain = ConnectionSettings.ofUrl(database.url(role) + "?sslmode=disable", null, Map.of());
        ConnectionFailedException refused = catchThrowableOfType(
                ConnectionFailedException.class, () -> open(plain).close());
        assertThat(refused.failure().reason()).isEqualTo(Reason.CREDENTIALS_INVALID);
        assertThat(refused.failure().message()).contains("no encryption");
        assertThat(encrypted(ConnectionSettings.ofUrl(database.url(role) + "?sslmode=require", null, Map.of())))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNetworkThatBreaksDuringTheHandshakeIsAPassingFault(boolean reset) throws Exception {
        boolean opened = false;
        for (int bytes = 0; !opened; bytes += 100) {
            try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
                int limit = bytes;
                Thread.startVirtualThread(() -> relay(listener, limit, reset));
                String url = server.database("postgres")
                        .url()
                        .replace("@127.0.0.1:" + server.port(), "@localhost:" + listener.getLocalPort());
                ConnectionSettings settings =
                        ConnectionSettings.ofUrl(url + "?sslmode=verify-full&sslrootcert=" + authority, null, Map.of());
                try (Connection _ = open(settings)) {
                    opened = true;
                } catch (ConnectionFailedException e) {
                    assertThat(e.failure().outcome())
                            .as("after %d bytes: %s", bytes, e.failure().message())
                            .isEqualTo(Outcome.TRANSIENT);
                }
            }
        }
    }

    /** Breaks each connection off when so many bytes of the server's have come. */
    private static void relay(ServerSocket listener, int limit, boolean reset) {
        while (!listener.isClosed()) {
            try (Socket client = listener.accept();
                    Socket to = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                Thread.startVirtualThread(() -> {
                    try {
                        client.getInputStream().transferTo(to.getOutputStream());
                    } catch (IOException _) {
                        // Broken off.
                    }
                });
                client.setSoLinger(reset, 0);
                for (int i = 0; i < limit; i++) {
                    int next = to.getInputStream().read();
                    if (next < 0) {
                        break;
                    }
                    client.getOutputStream().write(next);
                }
            } catch (IOException _) {
                // The next one.
            }
        }
    }

    /** In a JVM of its own, for a JVM reads its trust store once. */
    static final class Connect {
        private Connect() {}

        public static void main(String[] arguments) throws SQLException {
            try {
                boolean encrypted = encrypted(ConnectionSettings.ofUrl(arguments[0], null, System.getenv()));
                System.out.print(encrypted ? "encrypted" : "plain");
            } catch (ConnectionFailedException e) {
                System.out.print(e.failure().reason().label());
            }
        }
    }

    private static String connectInAnotherJvm(Path trustStore, String host) throws Exception {
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djavax.net.ssl.trustStore=" + trustStore,
                "-Djavax.net.ssl.trustStorePassword=changeit",
                "-cp",
                System.getProperty("java.class.path"),
                Connect.class.getName(),
                "postgresql://postgres@" + host + ":" + server.port() + "/postgres?sslmode=verify-full");
        java.environment().put("PGPASSWORD", server.superuser().password());
        Process process = java.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return output;
    }

    private ConnectionSettings settings(String host, TlsSpec.Mode mode, Path ca) throws IOException {
        return settings(server, host, mode, ca);
    }

    private ConnectionSettings settings(PgServer of, String host, TlsSpec.Mode mode, Path ca) throws IOException {
        Files.writeString(
                secret.resolve("uri"),
                of.database("postgres")
                        .url()
                        .replace(
                                "@127.0.0.1:" + of.port(), "@" + (host.contains(":") ? host : host + ":" + of.port())));
        Path authoritySecret = Files.createTempDirectory(secret, "..authority");
        SecretKeyReference reference = null;
        if (ca != null) {
            Files.copy(ca, authoritySecret.resolve("root.pem"));
            reference = new SecretKeyReference("shop-ca", "root.pem");
        }
        return ConnectionSettings.ofSecret(
                secret,
                authoritySecret,
                null,
                new DatabaseSpec(
                        new SecretReference("shop-db"),
                        null,
                        null,
                        null,
                        null,
                        null,
                        new TlsSpec(mode, reference, null, null)));
    }

    private static Failure failure(ConnectionSettings settings) {
        ConnectionFailedException refused = catchThrowableOfType(
                ConnectionFailedException.class, () -> open(settings).close());
        assertThat(refused.failure().outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(refused.failure().reason()).isEqualTo(Reason.TLS_VERIFICATION_FAILED);
        return refused.failure();
    }

    private static Connection open(ConnectionSettings settings) throws SQLException {
        return new Sessions(settings, "shop/tls", "preflight").open();
    }

    private static boolean encrypted(ConnectionSettings settings) throws SQLException {
        try (Connection session = open(settings);
                Statement statement = session.createStatement();
                ResultSet rows = statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            assertThat(rows.next()).isTrue();
            return rows.getBoolean(1);
        }
    }
}
