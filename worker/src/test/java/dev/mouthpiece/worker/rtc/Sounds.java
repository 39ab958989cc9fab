package dev.mouthpiece.worker.rtc;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Sound for tests: 10 ms at a time, 48 kHz mono. */
final class Sounds {
    private Sounds() {}

    static byte[] sine(int tick, int amplitude) {
        final byte[] pcm = new byte[Publisher.PCM_BYTES];
        for (int i = 0; i < 480; i++) {
            final int sample = (int) (amplitude * Math.sin(2 * Math.PI * 400 * (tick * 480 + i) / 48_000));
            pcm[2 * i] = (byte) sample;
            pcm[2 * i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }

    /** Three seconds of the demo's speech. */
    static List<byte[]> speech() throws IOException {
        try (InputStream in = Sounds.class.getResourceAsStream("/dev/mouthpiece/demo/speech/house.wav")) {
            final byte[] wav = Objects.requireNonNull(in).readAllBytes();
            final int repeats = 48_000 / ((wav[24] & 0xff) | ((wav[25] & 0xff) << 8));
            final List<byte[]> ticks = new ArrayList<>();
            for (int tick = 0; tick < 300; tick++) {
                final byte[] pcm = new byte[Publisher.PCM_BYTES];
                for (int i = 0; i < 480; i++) {
                    final int from = 44 + 2 * ((tick * 480 + i) / repeats);
                    pcm[2 * i] = wav[from];
                    pcm[2 * i + 1] = wav[from + 1];
                }
                ticks.add(pcm);
            }
            return ticks;
        }
    }

    /** What an encoder makes of the third second of silence after three of speech. */
    static long bytesOfSilence(Consumer<byte[]> push, LongSupplier bytesSent) throws IOException {
        final byte[] silence = new byte[Publisher.PCM_BYTES];
        final List<byte[]> speech = speech();
        final long startNs = System.nanoTime();
        long before = 0;
        for (int tick = 0; tick < speech.size() + 300; tick++) {
            final long dueNs = startNs + tick * 10_000_000L;
            while (dueNs - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            if (tick == speech.size() + 200) {
                before = bytesSent.getAsLong();
            }
            push.accept(tick < speech.size() ? speech.get(tick) : silence);
        }
        return bytesSent.getAsLong() - before;
    }

    static int peak(byte[] pcm) {
        int peak = 0;
        for (int i = 0; i < pcm.length; i += 2) {
            peak = Math.max(peak, Math.abs((pcm[i + 1] << 8) | (pcm[i] & 0xff)));
        }
        return peak;
    }
}
