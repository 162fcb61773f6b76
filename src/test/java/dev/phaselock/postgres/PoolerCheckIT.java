package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PoolerCheckIT {
    private static final int KEY_DATA = 'K';

    private final PgDatabase database = PgServers.newest().database("postgres");
    private ServerSocket listener;

    @BeforeEach
    void startProxy() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    @AfterEach
    void endProxy() throws IOException {
        listener.close();
    }

    @Test
    void aProxyThatKeepsTheSessionForUsIsFine() throws Exception {
        try (Connection session = new Sessions(settings(), "shop/pooled", "preflight").open();
                Statement statement = session.createStatement()) {
            statement.execute("SELECT 1");
        }
    }

    @Test
    void aSessionThatASecondConnectionIsGivenTooIsRefused() throws Exception {
        try (Connection session = connect()) {
            ConnectionFailedException refused = catchThrowableOfType(
                    ConnectionFailedException.class,
                    () -> PoolerCheck.requireOwnSession(session, () -> session, settings()));
            assertThat(refused.failure().outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(refused.failure().reason()).isEqualTo(Reason.UNSUPPORTED);
            assertThat(refused.failure().message()).contains("127.0.0.1:" + listener.getLocalPort());
        }
    }

    @Test
    void aServerItselfIsNotAskedTwice() throws Exception {
        try (Connection session = database.connect()) {
            assertThatCode(() -> PoolerCheck.requireOwnSession(
                            session,
                            () -> {
                                throw new AssertionError("a second connection");
                            },
                            settings()))
                    .doesNotThrowAnyException();
        }
    }

    private ConnectionSettings settings() {
        String direct = ":" + database.server().port() + "/";
        return ConnectionSettings.ofUrl(
                database.url().replace(direct, ":" + listener.getLocalPort() + "/"), null, Map.of());
    }

    private Connection connect() throws SQLException {
        PgServer.PgRole superuser = database.server().superuser();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + listener.getLocalPort() + "/postgres",
                superuser.name(),
                superuser.password());
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(
                        InetAddress.getLoopbackAddress(), database.server().port());
                Thread.ofVirtual().start(() -> toServer(client, server));
                Thread.ofVirtual().start(() -> toClient(server, client));
            } catch (IOException _) {
                // The test is over.
                return;
            }
        }
    }

    private static void toServer(Socket client, Socket server) {
        try (client;
                server) {
            client.getInputStream().transferTo(server.getOutputStream());
        } catch (IOException _) {
            // Closed at the other end.
        }
    }

    /** Passes the server's messages on, with another process id in BackendKeyData, as a pooler would. */
    private static void toClient(Socket server, Socket client) {
        try (server;
                client) {
            DataInputStream in = new DataInputStream(server.getInputStream());
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            for (int type = in.read(); type >= 0; type = in.read()) {
                int length = in.readInt();
                byte[] body = in.readNBytes(length - 4);
                if (type == KEY_DATA) {
                    ByteBuffer.wrap(body).putInt(0, 1);
                }
                out.write(type);
                out.writeInt(length);
                out.write(body);
                out.flush();
            }
        } catch (IOException _) {
            // Closed at the other end.
        }
    }
}
