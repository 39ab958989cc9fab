package dev.mouthpiece.worker.livekit.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reliable packets that were sent, numbered 1, 2, 3… since the session began at the server. The last ones are kept, for
 * after a broken signal connection the server names the last it saw.
 */
final class SentPackets {
    static final int MAX_PACKETS = 256;
    static final int MAX_BYTES = 1 << 20;

    private record Sent(int sequence, byte[] bytes) {}

    private final Deque<Sent> kept = new ArrayDeque<>();
    private int keptBytes;
    private int last;

    /** The number that the next packet has to carry. */
    int next() {
        return last + 1;
    }

    /** The packet with the number {@link #next()} went out. */
    void sent(byte[] bytes) {
        last++;
        kept.add(new Sent(last, bytes));
        keptBytes += bytes.length;
        while (kept.size() > MAX_PACKETS || keptBytes > MAX_BYTES) {
            keptBytes -= kept.remove().bytes().length;
        }
    }

    /** What the server has not seen, oldest first. */
    List<byte[]> after(int lastSeen) {
        final var missing = new ArrayList<byte[]>();
        for (final Sent sent : kept) {
            if (sent.sequence() > lastSeen) {
                missing.add(sent.bytes());
            }
        }
        return missing;
    }

    /** A new session begins at the server. */
    void restart() {
        kept.clear();
        keptBytes = 0;
        last = 0;
    }
}
