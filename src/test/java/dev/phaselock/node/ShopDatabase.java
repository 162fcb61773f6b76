package dev.phaselock.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.phaselock.local.RealNode;
import dev.phaselock.postgres.Certificates;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A PostgreSQL server of this machine that pods reach by the name of a Service, with TLS only, and its certificate is for
 * that name.
 *
 * @param server of this machine
 * @param authority the certificate of the authority that signed the server's, in PEM
 */
record ShopDatabase(PgServer server, String authority) {
    static final String HOST = "postgres.databases.svc";

    /** Starts one; it ends with the JVM. */
    static ShopDatabase start(RealNode node, Path folder) throws Exception {
        Certificates certificates = new Certificates(folder);
        Path authority = certificates.authority("authority");
        Certificates.Server certificate = certificates.server("authority", HOST);
        PgServer server = PgServers.startOwn(18);
        PgDatabase database = server.database("postgres");
        Path data = Path.of(database.queryOne("SHOW data_directory"));
        write(data, "server.crt", certificate.certificate());
        write(data, "server.key", certificate.key());
        Path rules = Path.of(database.queryOne("SHOW hba_file"));
        Files.writeString(
                rules, Files.readString(rules) + "\nhostssl all all " + node.podNetwork() + " scram-sha-256\n");
        database.execute(
                "ALTER SYSTEM SET ssl = on",
                "ALTER SYSTEM SET listen_addresses = '127.0.0.1', '" + node.machineAddress() + "'");
        server.local().stop();
        PgServer again = PgServers.startAgain(server);
        await("TLS of the database")
                .atMost(60, SECONDS)
                .until(() -> "on".equals(again.database("postgres").queryOne("SHOW ssl")));
        return new ShopDatabase(again, Files.readString(authority));
    }

    /** The Service and its only endpoint. */
    String service(RealNode node) {
        return """
                apiVersion: v1
                kind: Namespace
                metadata: {name: databases}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: postgres, namespace: databases}
                spec:
                  ports: [{port: 5432, targetPort: %1$d}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: postgres-machine
                  namespace: databases
                  labels: {kubernetes.io/service-name: postgres}
                addressType: IPv4
                ports: [{port: %1$d}]
                endpoints: [{addresses: [%2$s]}]
                """.formatted(server.port(), node.machineAddress());
    }

    private static void write(Path folder, String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        // Whoever the server runs as.
        Files.setOwner(file, Files.getOwner(folder));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
