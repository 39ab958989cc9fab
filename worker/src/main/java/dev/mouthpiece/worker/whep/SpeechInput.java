package dev.mouthpiece.worker.whep;

import java.nio.ByteBuffer;

/**
 * Where a session's speech goes in. Nothing waits: what finds no room says so, and is to be offered again. One producer at
 * a time.
 */
interface SpeechInput {
    /** A segment begins; false if there is no room now. Segments are counted from 1 by the calls that gave true. */
    boolean begin(int sampleRateHz, int channels);

    /** Takes signed 16-bit little-endian PCM from the position on, which moves; returns bytes taken. */
    int write(ByteBuffer pcm);

    /** The segment is complete; false if there is no room now. */
    boolean end();

    /** Interrupts: what was written and is not played is dropped, at once. */
    void clear();
}
