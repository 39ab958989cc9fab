package dev.mouthpiece.model;

import java.nio.FloatBuffer;

/**
 * Speech to features, always {@link Manifest.Encode#batch()} rows at once so that a row's result does not depend on
 * its neighbours. Belongs to one inference thread; nothing allocates on the Java heap beyond the engine's few handles.
 */
public interface SpeechEncoder extends AutoCloseable {
    /**
     * The input for a call of {@code frames} new frames: f32 [batch, samples], row after row, to be filled in place
     * (absolute puts). Rows left as zeros are silence. Samples are in [-1, 1].
     *
     * @param frames one of {@link Manifest.Encode#framesPerCall()}
     */
    FloatBuffer input(int frames);

    /**
     * Runs the network over {@link #input}.
     *
     * @return f32 [batch, frames, features]; valid until the next call on this encoder
     */
    FloatBuffer run(int frames);

    @Override
    void close();
}
