package dev.mouthpiece.worker.avatar;

import org.jspecify.annotations.Nullable;

/** The pictures of a short video, one by one, at the pace that models speak at. Read and closed by one thread. */
public interface Footage extends AutoCloseable {
    /**
     * The next picture; null after the last. All are of one size.
     *
     * @throws dev.mouthpiece.worker.BadInputException if the video is damaged here
     */
    @Nullable
    Picture next();

    @Override
    void close();
}
