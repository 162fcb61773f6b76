package dev.phaselock.run;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a PostgreSQL server, knows where each request ends (protocol 3.0, "Message Formats"; no TLS
 * on the way), counts them over all connections, and cuts a connection at the one that it is told.
 */
public final class CuttingProxy implements AutoCloseable {
    private static final int TERMINATE = 'X';
    private static final int READY_FOR_QUERY = 'Z';
    private static final int AUTHENTICATION = 'R';

    /** Query, Sync, a password, Terminate. */
    private static final Set<Integer> ENDS_OF_REQUESTS = Set.of((int) 'Q', (int) 'S', (int) 'p', TERMINATE);

    private final ServerSocket listener;
    private final int serverPort;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int cutAt = Integer.MAX_VALUE;
    private volatile @Nullable Cut how;
    private volatile Runnable meanwhile = () -> {};

    /** Where on its way a request meets the cut. */
    public enum Cut {
        /** The server never sees it. */
        BEFORE_IT_ARRIVES,
        /** The server has carried it out to the end, and the client never hears of it. */
        BEFORE_THE_ANSWER,
        /** The server gets it and the end of the connection at the same time. */
        ON_ARRIVAL
    }

    public CuttingProxy(int serverPort) throws IOException {
        this.serverPort = serverPort;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Counts from one again, and cuts at that request, once. */
    public void cutAt(int request, @Nullable Cut cut) {
        how = cut;
        cutAt = request;
        requests.set(0);
    }

    /**
     * The same, and something happens before the request goes on, or does not.
     *
     * @param cut null for none
     */
    public void cutAt(int request, @Nullable Cut cut, Runnable action) {
        meanwhile = action;
        cutAt(request, cut);
    }

    /** Lets everything pass. */
    public void cutNothing() {
        cutAt = Integer.MAX_VALUE;
    }

    /** How many came since {@link #cutAt}. */
    public int requests() {
        return requests.get();
    }

    /** Whether as many requests came as {@link #cutAt} said. */
    public boolean hasCut() {
        return requests.get() >= cutAt;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Closeable each : open) {
            each.close();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                connect(listener.accept());
            } catch (IOException _) {
                // The end.
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        open.add(client);
        open.add(server);
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
            new Connection(client, server).start();
        } catch (IOException _) {
            // No server: nobody is connected.
            close(client);
            close(server);
        }
    }

    /** A client's connection and the one to the server that belongs to it. */
    private final class Connection {
        private final Socket client;
        private final Socket server;
        private volatile boolean answerIsLost;

        private Connection(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        private void start() {
            Thread.startVirtualThread(() -> untilItEnds(this::requests));
            Thread.startVirtualThread(() -> untilItEnds(this::answers));
        }

        private void requests() throws IOException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
            OutputStream out = server.getOutputStream();
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            // The first message of a connection has no type.
            copyBody(in, new DataOutputStream(request));
            while (pass(request, out)) {
                request.reset();
                int type;
                do {
                    type = in.readUnsignedByte();
                    request.write(type);
                    copyBody(in, new DataOutputStream(request));
                } while (!ENDS_OF_REQUESTS.contains(type));
                if (type == TERMINATE) {
                    // It has no answer.
                    request.writeTo(out);
                    return;
                }
            }
        }

        /** Whether the connection goes on. */
        private boolean pass(ByteArrayOutputStream request, OutputStream out) throws IOException {
            boolean reached = requests.incrementAndGet() == cutAt;
            if (reached) {
                meanwhile.run();
            }
            boolean cut = reached && how != null;
            if (cut && how == Cut.BEFORE_IT_ARRIVES) {
                return false;
            }
            answerIsLost = cut;
            request.writeTo(out);
            out.flush();
            return !cut || how == Cut.BEFORE_THE_ANSWER;
        }

        private void answers() throws IOException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream()));
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(client.getOutputStream()));
            DataOutputStream nowhere = new DataOutputStream(OutputStream.nullOutputStream());
            while (true) {
                int type = in.readUnsignedByte();
                DataOutputStream to = answerIsLost ? nowhere : out;
                to.writeByte(type);
                copyBody(in, to);
                if (to == nowhere && (type == READY_FOR_QUERY || type == AUTHENTICATION)) {
                    return;
                }
                if (in.available() == 0) {
                    out.flush();
                }
            }
        }

        private void untilItEnds(Pump pump) {
            try {
                pump.run();
            } catch (IOException _) {
                // One of the two is gone: so is the other now.
            } finally {
                close(client);
                close(server);
            }
        }
    }

    @FunctionalInterface
    private interface Pump {
        void run() throws IOException;
    }

    private void close(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException _) {
            // It is closed as far as it can be.
        }
    }

    /** A message without its type. */
    private static void copyBody(DataInputStream in, DataOutputStream out) throws IOException {
        int length = in.readInt();
        out.writeInt(length);
        out.write(in.readNBytes(length - Integer.BYTES));
    }
}
