package dev.mouthpiece.worker.doctor;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.api.ApiServer;
import java.net.DatagramSocket;
import java.net.SocketException;

/** The ports that are to be bound. */
final class PortLook {
    private static final String HTTP = "port";
    private static final String UDP = "udp ports";

    private PortLook() {}

    static Finding http(String host, int port) {
        try {
            ApiServer.checkFree(host, port);
            return Finding.ok(HTTP, host + ":" + port + (port == 0 ? ": any free one" : " is free"));
        } catch (BadInputException e) {
            return Finding.fail(HTTP, String.valueOf(e.getMessage()), "or is it Mouthpiece itself, running already?");
        }
    }

    /** @param min 0 for any */
    static Finding udp(int min, int max) {
        if (min == 0) {
            return Finding.ok(UDP, "any, as the system gives them (browser.ports)");
        }
        int taken = 0;
        for (int port = min; port <= max; port++) {
            taken += isFree(port) ? 0 : 1;
        }
        final int all = max - min + 1;
        final String seen = min + "-" + max + ": " + (all - taken) + " of " + all + " are free";
        if (taken == all) {
            return Finding.fail(UDP, seen, "set browser.ports to a range that no other program uses");
        }
        return taken == 0
                ? Finding.ok(UDP, seen)
                : Finding.warn(
                        UDP, seen, "fewer viewers fit; choose another range in browser.ports, or end what has them");
    }

    private static boolean isFree(int port) {
        try (var socket = new DatagramSocket(port)) {
            return socket.isBound();
        } catch (SocketException e) {
            return false;
        }
    }
}
