package dev.phaselock.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The real PgBouncer in front of a server, on a free port of the loopback address; logins on both of its sides are by
 * SCRAM. build/pgbouncer finds or fetches the program; a test without it fails.
 */
public final class PgBouncer implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static @Nullable Path program;

    private final Process process;
    private final int port;

    private PgBouncer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one and waits until it listens.
     *
     * @param serverPort where the server listens
     * @param users the lines of its {@code auth_file}: a name and a SCRAM secret as {@code pg_authid} has it, both in
     *     double quotes
     * @param folder for its configuration and log
     * @param settings of its section {@code [pgbouncer]}, for instance {@code pool_mode}
     */
    public static PgBouncer start(int serverPort, List<String> users, Path folder, Map<String, String> settings)
            throws IOException {
        ServerAccount account = ServerAccount.find();
        int port = freePort();
        Path own = Files.createTempDirectory(folder, "pgbouncer-");
        Map<String, String> all = new TreeMap<>(Map.of(
                "listen_addr",
                HOST,
                "listen_port",
                Integer.toString(port),
                "unix_socket_dir",
                "",
                "auth_type",
                "scram-sha-256",
                "auth_file",
                own.resolve("users.txt").toString(),
                "logfile",
                own.resolve("log").toString()));
        all.putAll(settings);
        StringBuilder text =
                new StringBuilder("[databases]\n* = host=" + HOST + " port=" + serverPort + "\n[pgbouncer]\n");
        all.forEach(
                (name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        Path configuration = own.resolve("pgbouncer.ini");
        Files.writeString(configuration, text);
        Files.write(own.resolve("users.txt"), users);
        account.own(folder);
        account.own(own);
        account.own(configuration);
        account.own(own.resolve("users.txt"));
        Path output = own.resolve("output");
        Process process = new ProcessBuilder(account.command(program(), List.of("--quiet", configuration.toString())))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        PgBouncer bouncer = new PgBouncer(process, port);
        await("PgBouncer")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
                    return bouncer.listens();
                });
        return bouncer;
    }

    public int port() {
        return port;
    }

    /** {@code postgresql://…} by way of it. */
    public String url(String user, String password, String database) {
        return "postgresql://" + user + ":" + password + "@" + HOST + ":" + port + "/" + database;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    private boolean listens() {
        try (Socket _ = new Socket(InetAddress.ofLiteral(HOST), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static synchronized Path program() {
        if (program == null) {
            program = find();
        }
        return program;
    }

    private static Path find() {
        try {
            Path errors = Files.createTempFile("phaselock-", ".err");
            Process process = new ProcessBuilder(
                            Path.of("build", "pgbouncer").toAbsolutePath().toString())
                    .redirectError(errors.toFile())
                    .start();
            process.getOutputStream().close();
            String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int exitCode = process.waitFor();
            String why = Files.readString(errors);
            Files.delete(errors);
            return exitCode == 0 ? Path.of(found) : fail(why);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
            return socket.getLocalPort();
        }
    }
}
