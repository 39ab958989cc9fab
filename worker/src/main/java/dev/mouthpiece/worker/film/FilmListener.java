package dev.mouthpiece.worker.film;

/** Hears how films come on. Called by the runner's thread, often: to be quick. */
public interface FilmListener {
    /**
     * A film has come on.
     *
     * @param job index of the job
     * @param frames pictures written so far
     * @param estimatedFrames pictures of the whole, -1 where not known
     */
    void onProgress(int job, long frames, long estimatedFrames);

    /** A film is written. */
    void onFinished(int job, long frames);

    /** A film has failed and left nothing behind; the others go on. */
    void onFailed(int job, Throwable cause);
}
