package dev.mouthpiece.model;

import java.nio.ByteBuffer;

/**
 * A loaded lip-sync model: what the media path needs of a package, whatever runs it.
 *
 * <p>Made and closed by the owner of the process's device. {@link #prepare} may be called by any thread;
 * {@link #newEncoder} and {@link #newRenderer} give instances that belong to the one inference thread that uses them.
 */
public interface LipSyncModel extends AutoCloseable {
    /** The package's manifest. */
    Manifest manifest();

    /**
     * Builds the identity of one avatar and gives it a slot in the bank of its patch size.
     *
     * @param patchSize one of the manifest's patch sizes, P
     * @param cropRgb interleaved RGB bytes [P, P, 3], position 0
     * @param landmarks f32 [478, 3]: x, y in crop pixels, z in the same unit
     * @param person f32 [P, P]: 1 where the person is, 0 where the background is
     * @return the identity, to be closed when no session shows the avatar any more
     * @throws ModelException if the model refuses the picture
     */
    Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person);

    /**
     * Loads what {@link #prepare} and {@link #newRenderer} of one patch size would load, where that takes time, so that it passes while
     * the caller does other things. Blocks; any thread. A failure is told there.
     *
     * @param patchSize one of the manifest's patch sizes
     */
    default void load(int patchSize) {}

    /** A speech encoder for the calling inference thread. */
    SpeechEncoder newEncoder();

    /** A renderer of patches of one size for the calling inference thread. */
    PatchRenderer newRenderer(int patchSize);

    @Override
    void close();

    /** One avatar in the bank. Closing frees its slot once no batch in flight uses it. */
    interface Identity extends AutoCloseable {
        int patchSize();

        int slot();

        @Override
        void close();
    }
}
