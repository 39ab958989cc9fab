package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.media.SyncClock;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import java.util.Arrays;

/**
 * One peer's share of the sound. webrtc-java's source keeps its sinks without a lock, so that no peer may come or go while
 * sound is pushed to it; with a source of its own, a peer is attached and detached outside the others' sound.
 *
 * <p>It also keeps silence cheap. Opus spends 14 to 22 kbit/s and twice the CPU time on zeros, for ever, when they come after
 * speech or after nothing; after half a second of a tone it spends 1. So each silence begins with one that nobody hears.
 */
final class AudioLane {
    static final int PCM_BYTES = 960;

    private static final int RATE_HZ = 48_000;
    private static final int TICK_SAMPLES = RATE_HZ / 100;
    private static final int TONE_TICKS = 60;
    private static final int TONE_HZ = 440;
    /** Of 32767: 72 dB below the loudest. */
    private static final int TONE_AMPLITUDE = 8;
    /** 5 ticks are 22 whole waves. */
    private static final byte[][] TONE = tone(5);

    private static final byte[] SILENCE = new byte[PCM_BYTES];

    private final CustomAudioSource source;
    private final AudioTrack track;

    // The pushing thread's.
    private int silentTicks;

    private volatile boolean encoding;

    AudioLane(PeerConnectionFactory factory, SyncClock clock, String trackId) {
        source = new CustomAudioSource(clock);
        track = factory.createAudioTrack(trackId, source);
    }

    AudioTrack track() {
        return track;
    }

    /** The peer is connected: from now on its encoder hears what is pushed. */
    void onConnected() {
        encoding = true;
    }

    /** Pushing thread. */
    void push(byte[] pcm) {
        source.pushAudio(encoding ? primed(pcm) : pcm, 16, RATE_HZ, 1, TICK_SAMPLES);
    }

    /** After the peer connection is closed and no push is under way. */
    void dispose() {
        final Teardown teardown = new Teardown();
        teardown.step(track::dispose);
        teardown.step(source::dispose);
        teardown.finish("audio track");
    }

    private byte[] primed(byte[] pcm) {
        if (!Arrays.equals(pcm, SILENCE)) {
            silentTicks = 0;
            return pcm;
        }
        if (silentTicks == TONE_TICKS) {
            return pcm;
        }
        return TONE[silentTicks++ % TONE.length];
    }

    private static byte[][] tone(int ticks) {
        final byte[][] tone = new byte[ticks][PCM_BYTES];
        for (int i = 0; i < ticks * TICK_SAMPLES; i++) {
            final long sample = Math.round(TONE_AMPLITUDE * Math.sin(2 * Math.PI * TONE_HZ * i / RATE_HZ));
            final int at = 2 * (i % TICK_SAMPLES);
            tone[i / TICK_SAMPLES][at] = (byte) sample;
            tone[i / TICK_SAMPLES][at + 1] = (byte) (sample >> 8);
        }
        return tone;
    }
}
