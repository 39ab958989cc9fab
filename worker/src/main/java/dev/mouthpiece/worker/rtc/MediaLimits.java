package dev.mouthpiece.worker.rtc;

/**
 * What a peer may send.
 *
 * @param maxVideoBps the encoder's ceiling in bits per second, 30,000 or more
 * @param maxAudioBps Opus' ceiling in bits per second, 6,000..510,000
 * @param startVideoBps what the encoder begins with instead of probing from 300,000; 0 leaves it to WebRTC
 * @param fps announced; the pusher's pace decides, for the encoder does not drop frames to keep it
 * @param soundPacketMs how much sound a packet holds where this side offers, 10 or 20: the half waits for no second piece of 10 ms, and
 *     costs 50 more packets a second
 */
public record MediaLimits(int maxVideoBps, int maxAudioBps, int startVideoBps, int fps, int soundPacketMs) {
    /** WebRTC's own. */
    private static final int USUAL_PACKET_MS = 20;

    private static final int SHORT_PACKET_MS = 10;

    /**
     * For a voice. From about 76,000 on, libopus (1.3, complexity 9, as WebRTC sets it) codes speech by its transform alone, which takes a
     * sixth of the CPU of what it does below: 5 ms a second instead of 30 by libopus' own clock, for a better sound.
     */
    public static final int VOICE_BPS = 80_000;

    /** With packets of sound as WebRTC makes them, of 20 ms. */
    public MediaLimits(int maxVideoBps, int maxAudioBps, int startVideoBps, int fps) {
        this(maxVideoBps, maxAudioBps, startVideoBps, fps, USUAL_PACKET_MS);
    }

    public MediaLimits {
        if (maxVideoBps < 30_000) {
            throw new IllegalArgumentException("maxVideoBps must be 30000 or more: " + maxVideoBps);
        }
        if (maxAudioBps < 6_000 || maxAudioBps > 510_000) {
            throw new IllegalArgumentException("maxAudioBps must be 6000..510000: " + maxAudioBps);
        }
        if (startVideoBps < 0 || startVideoBps > maxVideoBps) {
            throw new IllegalArgumentException(
                    "startVideoBps must be 0.." + maxVideoBps + " (maxVideoBps): " + startVideoBps);
        }
        if (fps < 1 || fps > 120) {
            throw new IllegalArgumentException("fps must be 1..120: " + fps);
        }
        if (soundPacketMs != SHORT_PACKET_MS && soundPacketMs != USUAL_PACKET_MS) {
            throw new IllegalArgumentException("soundPacketMs must be 10 or 20: " + soundPacketMs);
        }
    }

    /** The same with packets of sound of 10 ms, for who answers somebody in real time. */
    public MediaLimits withShortPackets() {
        return new MediaLimits(maxVideoBps, maxAudioBps, startVideoBps, fps, SHORT_PACKET_MS);
    }
}
