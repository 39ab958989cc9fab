package dev.mouthpiece.worker.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A path to a port of this machine that can be cut as a network is: nothing comes through any more, and neither side is told. Connections that stood at the cut stay dead
 * after it is mended, as behind a router that has forgotten them; new ones go through.
 */
public final class TcpGate implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Path path = new Path();

    /** One time between two cuts. */
    private static final class Path {
        private volatile boolean isCut;
    }

    /** A way to {@code target}. */
    public TcpGate(int target) {
        this.target = target;
        try {
            socket = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Where to connect to. */
    public int port() {
        return socket.getLocalPort();
    }

    /** From now on nothing comes through. */
    public void cut() {
        path.isCut = true;
    }

    /** New connections go through. */
    public void mend() {
        path = new Path();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                final Socket client = socket.accept();
                open.add(client);
                final Path way = path;
                if (!way.isCut) {
                    final var server = new Socket(InetAddress.getLoopbackAddress(), target);
                    open.add(server);
                    Thread.ofVirtual().start(() -> pump(way, client, server));
                    Thread.ofVirtual().start(() -> pump(way, server, client));
                }
            } catch (IOException e) {
                // Closed, or nobody is at the other end: the client gets no answer.
            }
        }
    }

    private static void pump(Path way, Socket from, Socket to) {
        final byte[] buffer = new byte[8192];
        try {
            final InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0 && !way.isCut; n = in.read(buffer)) {
                to.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One side is gone.
        }
        if (!way.isCut) {
            close(from);
            close(to);
        }
    }

    @Override
    public void close() {
        close(socket);
        open.forEach(TcpGate::close);
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            // It is gone.
        }
    }
}
