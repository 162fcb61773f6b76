package dev.phaselock.local;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of our own, on a free port of the loopback address. Its superuser is {@code postgres} with a random
 * password; every login is by SCRAM. Everything it has is in one folder: {@code data}, {@code server.log} and {@code
 * server.properties} (what {@link #running} needs to find it again, readable by its owner only).
 *
 * <p>The server is a process of its own session: it goes on when the JVM ends, until {@link #stop}. Nothing of it is left
 * anywhere else (no Unix socket, no files outside the folder).
 */
public final class LocalPostgres implements AutoCloseable {
    public static final String SUPERUSER = "postgres";

    private static final String HOST = "127.0.0.1";
    private static final int PORT_TRIES = 5;
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 30;

    private final PostgresBinaries binaries;
    private final ServerAccount account;
    private final Path directory;
    private final int port;
    private final String password;

    private LocalPostgres(PostgresBinaries binaries, ServerAccount account, Path directory, int port, String password) {
        this.binaries = binaries;
        this.account = account;
        this.directory = directory;
        this.port = port;
        this.password = password;
    }

    /**
     * What the server is for.
     *
     * @param durable whether commits survive a crash of the machine; false makes tests fast
     * @param settings further settings of {@code postgresql.conf}, for instance {@code ssl} to {@code on}; values are
     *     written as quoted strings
     */
    public record Options(boolean durable, Map<String, String> settings) {
        public Options {
            settings = Map.copyOf(settings);
        }
    }

    /**
     * Starts a server on a folder: an empty or missing one gets a new database cluster, else the one that is there goes
     * on. Returns once it accepts connections.
     *
     * @throws IOException when it does not start; the message has the end of the server's log
     */
    public static LocalPostgres start(PostgresBinaries binaries, Path directory, Options options) throws IOException {
        return start(binaries, directory, options, ServerAccount.find());
    }

    static LocalPostgres start(PostgresBinaries binaries, Path directory, Options options, ServerAccount account)
            throws IOException {
        Path folder = directory.toAbsolutePath();
        if (running(folder).isPresent()) {
            throw new IOException("A PostgreSQL server already runs on " + folder);
        }
        Files.createDirectories(folder);
        account.own(folder);
        Path data = folder.resolve("data");
        Path properties = folder.resolve("server.properties");
        String password = Files.exists(properties) ? read(properties).getProperty("password") : randomPassword();
        if (!Files.exists(data.resolve("PG_VERSION"))) {
            create(binaries, account, folder, password, options);
        }
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            configure(data, port, options);
            LocalPostgres server = new LocalPostgres(binaries, account, folder, port, password);
            server.save(properties);
            try {
                server.pgCtl(
                        "start",
                        "-w",
                        "-t",
                        Integer.toString(START_SECONDS),
                        "-l",
                        server.log().toString());
                return server;
            } catch (IOException e) {
                String log = server.endOfLog();
                if (attempt == PORT_TRIES || !log.contains("could not bind")) {
                    throw new IOException(e.getMessage() + "\n" + log, e);
                }
            }
        }
    }

    /**
     * The server that runs on a folder, also when another process started it; empty when none does.
     *
     * @throws IOException when the folder cannot be read
     */
    public static Optional<LocalPostgres> running(Path directory) throws IOException {
        Path folder = directory.toAbsolutePath();
        Path properties = folder.resolve("server.properties");
        if (!Files.exists(properties) || postmaster(folder).isEmpty()) {
            return Optional.empty();
        }
        Properties saved = read(properties);
        return Optional.of(new LocalPostgres(
                new PostgresBinaries(Path.of(saved.getProperty("home"))),
                ServerAccount.valueOf(saved.getProperty("account")),
                folder,
                Integer.parseInt(saved.getProperty("port")),
                saved.getProperty("password")));
    }

    public int port() {
        return port;
    }

    /** The superuser's password. */
    public String password() {
        return password;
    }

    /** The server's log file. */
    public Path log() {
        return directory.resolve("server.log");
    }

    /** The process id of the server; empty when it does not run. */
    public Optional<Long> pid() throws IOException {
        return postmaster(directory).map(ProcessHandle::pid);
    }

    /** {@code postgresql://…} with user and password, which have to be plain letters and digits. */
    public String url(String user, String userPassword, String database) {
        return "postgresql://" + user + ":" + userPassword + "@" + HOST + ":" + port + "/" + database;
    }

    /** {@code jdbc:postgresql://…} without user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + HOST + ":" + port + "/" + database;
    }

    /**
     * Lets the server offer TLS, too, to sessions that begin a moment later, until it is started again.
     *
     * @return its certificate, PEM, which signs itself
     * @throws IOException when it cannot be made, or the server does not run
     */
    public Path offerTls() throws IOException {
        CertificateFiles.make(directory, "server", "SAN=ip:" + HOST);
        Path certificate = directory.resolve("server.crt");
        Path key = directory.resolve("server.key");
        account.own(certificate);
        account.own(key);
        Files.writeString(
                directory.resolve("data").resolve("phaselock.conf"),
                "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\n".formatted(quoted(certificate), quoted(key)),
                StandardOpenOption.APPEND);
        pgCtl("reload");
        return certificate;
    }

    private static String quoted(Object value) {
        return value.toString().replace("'", "''");
    }

    /**
     * Ends the server and waits until it is gone: its sessions are broken off, what is committed stays. Does nothing when
     * it does not run.
     *
     * @throws IOException when the process does not end, not even when it is killed
     */
    public void stop() throws IOException {
        Optional<ProcessHandle> process = postmaster(directory);
        if (process.isEmpty()) {
            return;
        }
        try {
            // Returns once the server has deleted its pid file, the last thing that it does.
            pgCtl("stop", "-w", "-t", Integer.toString(STOP_SECONDS), "-m", "fast");
        } catch (IOException e) {
            process.get().destroyForcibly();
            awaitEnd(process.get(), e);
        }
    }

    /** Ends the server and deletes its folder. */
    public void delete() throws IOException {
        deleteFolderAndServer(directory);
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    @Override
    public String toString() {
        return "PostgreSQL at " + HOST + ":" + port + " in " + directory;
    }

    /** Ends the server that runs on a folder, if one does, and deletes the folder. */
    public static void deleteFolderAndServer(Path folder) throws IOException {
        endServer(folder);
        deleteFolder(folder);
    }

    /** Ends the server that runs on a folder, if one does. */
    public static void endServer(Path folder) throws IOException {
        Optional<LocalPostgres> server = running(folder);
        if (server.isPresent()) {
            server.get().stop();
        }
    }

    private static void deleteFolder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void create(
            PostgresBinaries binaries, ServerAccount account, Path folder, String password, Options options)
            throws IOException {
        Path passwordFile = folder.resolve("initdb.password");
        Files.deleteIfExists(passwordFile);
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password);
        account.own(passwordFile);
        Path data = folder.resolve("data");
        List<String> arguments = new ArrayList<>(List.of(
                "-D", data.toString(), "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", passwordFile.toString()));
        arguments.addAll(List.of("-E", "UTF8", "--no-locale"));
        if (!options.durable()) {
            arguments.add("--no-sync");
        }
        try {
            run(account, binaries.program("initdb"), arguments);
        } finally {
            Files.delete(passwordFile);
        }
        Files.writeString(data.resolve("postgresql.conf"), "\ninclude = 'phaselock.conf'\n", StandardOpenOption.APPEND);
    }

    private static void awaitEnd(ProcessHandle process, IOException cause) throws IOException {
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            cause.addSuppressed(e);
            throw new IOException("The PostgreSQL server, process " + process.pid() + ", does not end", cause);
        }
    }

    private static void configure(Path data, int port, Options options) throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "port", Integer.toString(port),
                "listen_addresses", HOST,
                "unix_socket_directories", "",
                "password_encryption", "scram-sha-256",
                "max_connections", "200",
                "max_prepared_transactions", "20"));
        if (!options.durable()) {
            settings.putAll(Map.of("fsync", "off", "full_page_writes", "off", "synchronous_commit", "off"));
        }
        settings.putAll(options.settings());
        StringBuilder text = new StringBuilder();
        settings.forEach((name, value) ->
                text.append(name).append(" = '").append(quoted(value)).append("'\n"));
        Files.writeString(data.resolve("phaselock.conf"), text);
    }

    private void pgCtl(String action, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(
                List.of(action, "-s", "-D", directory.resolve("data").toString()));
        all.addAll(List.of(arguments));
        run(account, binaries.program("pg_ctl"), all);
    }

    /** Runs a program to its end. Its output goes to a file, for a server would keep a pipe open. */
    private static void run(ServerAccount account, Path program, List<String> arguments) throws IOException {
        Path output = Files.createTempFile("phaselock-", ".out");
        try {
            Process process = new ProcessBuilder(account.command(program, arguments))
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new IOException(program.getFileName() + " failed with exit code " + exitCode + ": "
                        + Files.readString(output).strip() + account.hint());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + program.getFileName() + " ran", e);
        } finally {
            Files.delete(output);
        }
    }

    private static Optional<ProcessHandle> postmaster(Path folder) throws IOException {
        Path pidFile = folder.resolve("data").resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        String pid = Files.readString(pidFile).lines().findFirst().orElse("").strip();
        // A number that was given to another process since is not our server.
        return pid.isEmpty()
                ? Optional.empty()
                : ProcessHandle.of(Long.parseLong(pid))
                        .filter(process -> process.info()
                                .command()
                                .map(command -> command.endsWith("/postgres"))
                                .orElse(true));
    }

    private void save(Path file) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("port", Integer.toString(port));
        properties.setProperty("password", password);
        properties.setProperty("home", binaries.home().toString());
        properties.setProperty("account", account.name());
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            properties.store(out, null);
        }
    }

    private static Properties read(Path file) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        }
        return properties;
    }

    private String endOfLog() throws IOException {
        if (!Files.exists(log())) {
            return "";
        }
        List<String> lines = Files.readAllLines(log());
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
            return socket.getLocalPort();
        }
    }

    private static String randomPassword() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
