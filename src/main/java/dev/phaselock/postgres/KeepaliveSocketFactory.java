package dev.phaselock.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Makes the driver's sockets, with TCP keepalives of seconds instead of the system's two hours: a server that vanished
 * while we wait for its answer is noticed after about {@value #NOTICED_AFTER_SECONDS} s. What was sent and never
 * acknowledged is the system's own matter (TCP_USER_TIMEOUT is not there in Java).
 *
 * <p>Public because the driver makes it by its name.
 */
public final class KeepaliveSocketFactory extends SocketFactory {
    static final int IDLE_SECONDS = 5;
    static final int INTERVAL_SECONDS = 2;
    static final int COUNT = 3;
    static final int NOTICED_AFTER_SECONDS = IDLE_SECONDS + INTERVAL_SECONDS * COUNT;

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = new Socket();
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        setWhereKnown(socket, ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
        setWhereKnown(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
        setWhereKnown(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, COUNT);
        return socket;
    }

    private static void setWhereKnown(Socket socket, SocketOption<Integer> option, int value) throws IOException {
        if (socket.supportedOptions().contains(option)) {
            socket.setOption(option, value);
        }
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw onlyUnconnected();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw onlyUnconnected();
    }

    private static UnsupportedOperationException onlyUnconnected() {
        return new UnsupportedOperationException("The driver connects its sockets itself");
    }
}
