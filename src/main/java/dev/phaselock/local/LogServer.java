package dev.phaselock.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * Serves the logs of a node's containers to the API server as a kubelet does: {@code GET
 * /containerLogs/<namespace>/<pod>/<container>} with {@code follow}, {@code tailLines} and {@code limitBytes}. Only on
 * the loopback address, where every user of this machine can read them.
 */
final class LogServer implements AutoCloseable {
    private static final String PATH = "/containerLogs/";

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Finds the logs of a pod. */
    @FunctionalInterface
    interface Logs {
        Optional<Log> find(String namespace, String pod);
    }

    /**
     * What a container has written.
     *
     * @param file that it writes to; may not be there yet
     * @param complete whether it writes nothing any more
     */
    record Log(Path file, BooleanSupplier complete) {}

    private LogServer(HttpsServer server, Logs logs) {
        this.server = server;
        server.createContext(PATH, exchange -> {
            try (exchange) {
                answer(exchange, logs);
            }
        });
        server.setExecutor(threads);
        server.start();
    }

    /**
     * Begins to serve on a free port, with a certificate that signs itself: the API server does not check it.
     *
     * @param folder where the certificate is kept
     */
    static LogServer start(Path folder, Logs logs) throws IOException {
        try {
            HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(SelfSignedCertificate.context(folder)));
            return new LogServer(server, logs);
        } catch (GeneralSecurityException e) {
            throw new IOException("The node's certificate cannot be used", e);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void answer(HttpExchange exchange, Logs logs) throws IOException {
        String[] words =
                exchange.getRequestURI().getPath().substring(PATH.length()).split("/", -1);
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        Optional<Log> log = words.length == 3 ? logs.find(words[0], words[1]) : Optional.empty();
        if (log.isEmpty()) {
            refuse(exchange, 404, "This node has no such container");
        } else if (Boolean.parseBoolean(query.get("previous"))) {
            refuse(exchange, 400, "Containers are not restarted here: there is no previous one");
        } else if (!log.get().file().toFile().exists()) {
            refuse(exchange, 400, "The container is waiting to start");
        } else {
            serve(exchange, query, log.get());
        }
    }

    private static void serve(HttpExchange exchange, Map<String, String> query, Log log) throws IOException {
        try (LogReader reader = new LogReader(log.file())) {
            if (query.containsKey("tailLines")) {
                reader.skipToLast(Integer.parseInt(query.get("tailLines")));
            }
            long limit = query.containsKey("limitBytes") ? Long.parseLong(query.get("limitBytes")) : Long.MAX_VALUE;
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                body.flush();
                boolean follow = Boolean.parseBoolean(query.get("follow"));
                reader.copy(body, limit, () -> !follow || log.complete().getAsBoolean());
            }
        }
    }

    private static void refuse(HttpExchange exchange, int status, String message) throws IOException {
        byte[] text = (message + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, text.length);
        exchange.getResponseBody().write(text);
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> values = new HashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                String[] parts = pair.split("=", 2);
                values.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
        }
        return values;
    }
}
