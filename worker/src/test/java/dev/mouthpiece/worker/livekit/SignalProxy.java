package dev.mouthpiece.worker.livekit;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a participant and the server's signal port, and breaks what goes through it. Media goes its own way. */
final class SignalProxy implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile boolean mute;

    SignalProxy(String url) {
        target = URI.create(url).getPort();
        try {
            socket = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "ws://127.0.0.1:" + socket.getLocalPort();
    }

    /** Breaks every connection, as a network would that resets them. */
    void cut() {
        open.forEach(SignalProxy::reset);
        open.clear();
    }

    /** New connections are reset at once, or taken again. */
    void refuse(boolean yes) {
        refusing = yes;
    }

    /** Nothing goes through, and nobody is told. */
    void mute(boolean yes) {
        mute = yes;
    }

    @Override
    public void close() {
        cut();
        try {
            socket.close();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                final Socket client = socket.accept();
                if (refusing) {
                    reset(client);
                    continue;
                }
                final var server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                Thread.ofVirtual().start(() -> pump(client, server));
                Thread.ofVirtual().start(() -> pump(server, client));
            } catch (final IOException e) {
                // Closed, or the server is down: the client sees its connection go.
            }
        }
    }

    private void pump(Socket from, Socket to) {
        final byte[] buffer = new byte[8192];
        try (from;
                to) {
            final InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!mute) {
                    to.getOutputStream().write(buffer, 0, n);
                    to.getOutputStream().flush();
                }
            }
        } catch (final IOException e) {
            // One side is gone, the other goes with it.
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (final IOException e) {
            // It is gone.
        }
    }
}
