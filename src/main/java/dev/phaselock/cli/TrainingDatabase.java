package dev.phaselock.cli;

import dev.phaselock.local.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Secrets for the database that {@link RunnerTraining} works on. */
final class TrainingDatabase {
    private static final Duration TLS_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private TrainingDatabase() {}

    /**
     * Writes a Secret as most people have it: its server is verified by the certificate authority beside the URI. What
     * the JVM does for TLS is the largest part of a phase's start that is not Phaselock's.
     *
     * @param url {@code postgresql://…} without parameters
     * @throws IOException if the server does not offer TLS within ten seconds
     */
    static void writeTlsSecret(LocalPostgres postgres, String url, Path secret)
            throws IOException, SQLException, InterruptedException {
        Path certificate = postgres.offerTls();
        awaitTls(postgres);
        writeSecret(url + "?sslmode=verify-full", secret);
        Files.copy(certificate, secret.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes a Secret that has nothing but the URI. */
    static void writeSecret(String url, Path secret) throws IOException {
        Files.createDirectories(secret);
        Files.writeString(secret.resolve("uri"), url);
    }

    private static void awaitTls(LocalPostgres postgres) throws IOException, SQLException, InterruptedException {
        long end = System.nanoTime() + TLS_LIMIT.toNanos();
        try (Connection connection = DriverManager.getConnection(
                        postgres.jdbcUrl("postgres"), LocalPostgres.SUPERUSER, postgres.password());
                Statement statement = connection.createStatement()) {
            while (true) {
                try (ResultSet row = statement.executeQuery("SHOW ssl")) {
                    row.next();
                    if (row.getString(1).equals("on")) {
                        return;
                    }
                }
                if (System.nanoTime() - end > 0) {
                    throw new IOException("the database does not offer TLS; see " + postgres.log());
                }
                Thread.sleep(PAUSE);
            }
        }
    }
}
