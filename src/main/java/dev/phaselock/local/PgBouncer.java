package dev.phaselock.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * PgBouncer in front of a server, on a free port of the loopback address; logins on both of its sides are by SCRAM. It ends
 * with {@link #close}, and not by itself.
 */
public final class PgBouncer implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final long START_SECONDS = 10;
    private static final long LOOK_MILLIS = 20;

    private final Process process;
    private final int port;

    private PgBouncer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one and waits until it listens.
     *
     * @param program of PgBouncer; {@link #program} finds one
     * @param serverPort where the server listens
     * @param users the lines of its {@code auth_file}: a name and a SCRAM secret as {@code pg_authid} has it, both in
     *     double quotes
     * @param folder for its configuration and log
     * @param settings of its section {@code [pgbouncer]}, for instance {@code pool_mode}
     * @throws IOException when it does not start; the message has what it said
     */
    public static PgBouncer start(
            Path program, int serverPort, List<String> users, Path folder, Map<String, String> settings)
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
        Process process = new ProcessBuilder(account.command(program, List.of("--quiet", configuration.toString())))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        PgBouncer bouncer = new PgBouncer(process, port);
        long end = System.nanoTime() + START_SECONDS * 1_000_000_000;
        while (!bouncer.listens()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                bouncer.close();
                throw new IOException(
                        "PgBouncer does not start: " + Files.readString(output).strip());
            }
            pause();
        }
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

    /**
     * The program: one that is installed, or else fetched.
     *
     * @param finder {@code build/pgbouncer} of a checkout
     * @throws IOException when there is none and none can be had; the message says what is missing
     */
    public static Path program(Path finder) throws IOException {
        Path errors = Files.createTempFile("phaselock-", ".err");
        try {
            Process process = new ProcessBuilder(finder.toAbsolutePath().toString())
                    .redirectError(errors.toFile())
                    .start();
            process.getOutputStream().close();
            String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IOException(Files.readString(errors).strip());
            }
            return Path.of(found);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while PgBouncer was looked for", e);
        } finally {
            Files.delete(errors);
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while PgBouncer started", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
            return socket.getLocalPort();
        }
    }
}
