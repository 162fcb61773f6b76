package dev.phaselock.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LocalPostgresIT {
    private static final LocalPostgres.Options FAST = new LocalPostgres.Options(false, Map.of());

    @TempDir
    private Path temp;

    static List<ServerAccount> accounts() {
        return ServerAccount.available();
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void runsUnderEveryAccountThatThisSystemAllows(ServerAccount account) throws Exception {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (LocalPostgres server =
                LocalPostgres.start(PgServers.binaries(18), temp.resolve("server"), FAST, account)) {
            assertThat(serverVersion(server)).startsWith("18.");
        }
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void offersTlsByACertificateForItsAddress(ServerAccount account) throws Exception {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (LocalPostgres server =
                LocalPostgres.start(PgServers.binaries(18), temp.resolve("server"), FAST, account)) {
            Properties verified = new Properties();
            verified.setProperty("user", LocalPostgres.SUPERUSER);
            verified.setProperty("password", server.password());
            verified.setProperty("sslmode", "verify-full");
            verified.setProperty("sslrootcert", server.offerTls().toString());

            await().atMost(10, SECONDS).ignoreExceptions().untilAsserted(() -> {
                try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"), verified)) {
                    assertThat(connection.isValid(1)).isTrue();
                }
            });
        }
    }

    @Test
    void goesOnWithoutItsStarterAndIsFoundAndEndedByItsFolder() throws Exception {
        Path folder = temp.resolve("server");
        LocalPostgres started = LocalPostgres.start(PgServers.binaries(18), folder, FAST);
        long pid = started.pid().orElseThrow();

        LocalPostgres found = LocalPostgres.running(folder).orElseThrow();
        assertThat(serverVersion(found)).startsWith("18.");
        assertThatThrownBy(() -> LocalPostgres.start(PgServers.binaries(18), folder, FAST))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("already runs");
        found.delete();

        await().atMost(5, SECONDS).until(() -> ProcessHandle.of(pid).isEmpty());
        assertThat(LocalPostgres.running(folder)).isEmpty();
        assertThat(folder).doesNotExist();
    }

    @Test
    void keepsItsDataAndItsPasswordOverAStopAndAStart() throws Exception {
        Path folder = temp.resolve("server");
        LocalPostgres.Options durable = new LocalPostgres.Options(true, Map.of());
        String password;
        try (LocalPostgres server = LocalPostgres.start(PgServers.binaries(18), folder, durable)) {
            password = server.password();
            try (Connection connection = connect(server)) {
                connection.createStatement().execute("CREATE TABLE kept AS SELECT 1 AS a");
            }
        }
        try (LocalPostgres server = LocalPostgres.start(PgServers.binaries(18), folder, durable);
                Connection connection = connect(server)) {
            assertThat(server.password()).isEqualTo(password);
            connection.createStatement().execute("SELECT a FROM kept");
        }
    }

    @Test
    void aServerThatDoesNotStartSaysWhy() {
        LocalPostgres.Options wrong = new LocalPostgres.Options(false, Map.of("shared_buffers", "none"));
        assertThatThrownBy(() -> LocalPostgres.start(PgServers.binaries(18), temp.resolve("server"), wrong))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("shared_buffers");
    }

    @ParameterizedTest
    @MethodSource("dev.phaselock.postgres.PgServers#all")
    void everySupportedVersionRunsAndRefusesAWrongPassword(PgServer server) throws Exception {
        PgServer.PgRole role = server.newRole("");
        assertThat(server.database("postgres").queryOne("SHOW server_version")).startsWith(server.major() + ".");
        try (Connection connection = server.newDatabase().connect(role)) {
            assertThat(connection.isValid(1)).isTrue();
        }
        assertThatThrownBy(() -> server.database("postgres").connect(new PgServer.PgRole(role.name(), "wrong")))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("28P01");
    }

    private static Connection connect(LocalPostgres server) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("postgres"), LocalPostgres.SUPERUSER, server.password());
    }

    private static String serverVersion(LocalPostgres server) throws SQLException {
        try (Connection connection = connect(server)) {
            return connection.getMetaData().getDatabaseProductVersion();
        }
    }
}
