package dev.mouthpiece.worker.livekit.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import livekit.LivekitRtc.DataChannelReceiveState;

/**
 * The last number seen from each sender, so that a packet that the server repeats after a reconnect works once. A sender that is
 * silent for {@link #TTL_NS} is forgotten.
 */
final class SeenPackets {
    static final long TTL_NS = TimeUnit.SECONDS.toNanos(30);
    static final int MAX_SENDERS = 1024;

    private record Seen(int sequence, long atNs) {}

    /** Least recently heard first. */
    private final Map<String, Seen> bySender = new LinkedHashMap<>();

    /**
     * Whether a packet is new; it is noted.
     *
     * @param senderSid empty, or {@code sequence} 0: unnumbered, always new
     */
    boolean isNew(String senderSid, int sequence, long nowNs) {
        if (senderSid.isEmpty() || sequence == 0) {
            return true;
        }
        forgetSilent(nowNs);
        final Seen seen = bySender.get(senderSid);
        if (seen != null && Integer.compareUnsigned(sequence, seen.sequence()) <= 0) {
            return false;
        }
        bySender.remove(senderSid);
        bySender.put(senderSid, new Seen(sequence, nowNs));
        if (bySender.size() > MAX_SENDERS) {
            final var oldest = bySender.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return true;
    }

    /** For the server, on a resume: what it need not send again. */
    List<DataChannelReceiveState> states() {
        final var states = new ArrayList<DataChannelReceiveState>();
        bySender.forEach((sid, seen) -> states.add(DataChannelReceiveState.newBuilder()
                .setPublisherSid(sid)
                .setLastSeq(seen.sequence())
                .build()));
        return states;
    }

    private void forgetSilent(long nowNs) {
        final var oldest = bySender.values().iterator();
        while (oldest.hasNext() && nowNs - oldest.next().atNs() > TTL_NS) {
            oldest.remove();
        }
    }
}
