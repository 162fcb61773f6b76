package dev.phaselock.postgres;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;

/** Servers with TLS, for one test class each, which ends them by {@code local().delete()}. */
final class TlsServers {
    private TlsServers() {}

    static PgServer start(Certificates.Server certificate) throws IOException, SQLException {
        PgServer server = PgServers.startOwn(18);
        PgDatabase database = server.database("postgres");
        Path data = Path.of(database.queryOne("SHOW data_directory"));
        write(data, "server.crt", certificate.certificate());
        write(data, "server.key", certificate.key());
        database.execute("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()");
        await().atMost(10, SECONDS).until(() -> "on".equals(database.queryOne("SHOW ssl")));
        return server;
    }

    /** Lets the server verify certificates of clients by an authority, and puts rules before its others. */
    static void askForCertificates(PgServer server, Path authority, String... rules) throws IOException, SQLException {
        PgDatabase database = server.database("postgres");
        Path data = Path.of(database.queryOne("SHOW data_directory"));
        write(data, "clients.crt", Files.readString(authority));
        Path file = Path.of(database.queryOne("SHOW hba_file"));
        Files.writeString(file, String.join("\n", rules) + "\n" + Files.readString(file));
        database.execute("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'", "SELECT pg_reload_conf()");
        await().atMost(10, SECONDS).until(() -> "clients.crt".equals(database.queryOne("SHOW ssl_ca_file")));
    }

    private static void write(Path data, String name, String text) throws IOException {
        Path file = Files.createFile(
                data.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
        Files.setOwner(file, Files.getOwner(data));
    }
}
