package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsType;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads webrtc-java's statistics, which are maps that refer to each other by id. */
final class StatsReader {
    private final Map<String, RTCStats> all;

    StatsReader(Map<String, RTCStats> all) {
        this.all = all;
    }

    PeerStats read() {
        return new PeerStats(sentVideo(), sentAudio(), receivedAudio(), route());
    }

    private PeerStats.@Nullable SentVideo sentVideo() {
        final Entry sent = media(RTCStatsType.OUTBOUND_RTP, "video");
        if (sent == null) {
            return null;
        }
        final Entry remote = sent.refers("remoteId");
        return new PeerStats.SentVideo(
                sent.refers("codecId").text("mimeType"),
                sent.text("encoderImplementation"),
                (int) sent.count("frameWidth"),
                (int) sent.count("frameHeight"),
                sent.number("framesPerSecond", 0),
                sent.refers("mediaSourceId").count("frames"),
                sent.count("framesEncoded"),
                sent.count("keyFramesEncoded"),
                sent.number("totalEncodeTime", 0) * 1_000,
                sent.count("qpSum"),
                sent.count("targetBitrate"),
                sent.text("qualityLimitationReason"),
                sent.count("packetsSent"),
                sent.count("bytesSent"),
                sent.count("retransmittedPacketsSent"),
                sent.count("pliCount"),
                sent.count("nackCount"),
                remote.number("roundTripTime", -0.001) * 1_000,
                remote.count("packetsLost"));
    }

    private PeerStats.@Nullable SentAudio sentAudio() {
        final Entry sent = media(RTCStatsType.OUTBOUND_RTP, "audio");
        if (sent == null) {
            return null;
        }
        final Entry remote = sent.refers("remoteId");
        return new PeerStats.SentAudio(
                sent.refers("codecId").text("mimeType"),
                sent.count("targetBitrate"),
                sent.count("packetsSent"),
                sent.count("bytesSent"),
                remote.number("roundTripTime", -0.001) * 1_000,
                remote.count("packetsLost"));
    }

    private PeerStats.@Nullable ReceivedAudio receivedAudio() {
        final Entry received = media(RTCStatsType.INBOUND_RTP, "audio");
        if (received == null) {
            return null;
        }
        return new PeerStats.ReceivedAudio(
                received.count("packetsReceived"),
                received.count("packetsLost"),
                received.count("totalSamplesReceived"),
                received.count("concealedSamples"),
                received.number("jitter", 0) * 1_000);
    }

    private PeerStats.@Nullable Route route() {
        for (final RTCStats stats : all.values()) {
            if (stats.getType() == RTCStatsType.TRANSPORT) {
                final Entry pair = new Entry(stats).refers("selectedCandidatePairId");
                if (pair.isKnown()) {
                    final Entry local = pair.refers("localCandidateId");
                    return new PeerStats.Route(
                            local.text("candidateType"),
                            pair.refers("remoteCandidateId").text("candidateType"),
                            local.text("protocol").toLowerCase(Locale.ROOT),
                            pair.number("currentRoundTripTime", -0.001) * 1_000,
                            pair.count("availableOutgoingBitrate"));
                }
            }
        }
        return null;
    }

    /** The liveliest stream of its kind: a section used again leaves the old one's entry behind. */
    private @Nullable Entry media(RTCStatsType type, String kind) {
        Entry best = null;
        for (final RTCStats stats : all.values()) {
            if (stats.getType() == type) {
                final Entry entry = new Entry(stats);
                if (kind.equals(entry.text("kind")) && (best == null || entry.packets() > best.packets())) {
                    best = entry;
                }
            }
        }
        return best;
    }

    /** One map of attributes; what it lacks reads as nothing. */
    private final class Entry {
        private final @Nullable RTCStats stats;

        Entry(@Nullable RTCStats stats) {
            this.stats = stats;
        }

        boolean isKnown() {
            return stats != null;
        }

        long packets() {
            return Math.max(count("packetsSent"), count("packetsReceived"));
        }

        Entry refers(String attribute) {
            return new Entry(all.get(text(attribute)));
        }

        String text(String attribute) {
            return value(attribute) instanceof final String text ? text : "";
        }

        long count(String attribute) {
            return value(attribute) instanceof final Number number ? number.longValue() : 0;
        }

        double number(String attribute, double absent) {
            return value(attribute) instanceof final Number number ? number.doubleValue() : absent;
        }

        private @Nullable Object value(String attribute) {
            return stats == null ? null : stats.getAttributes().get(attribute);
        }
    }
}
