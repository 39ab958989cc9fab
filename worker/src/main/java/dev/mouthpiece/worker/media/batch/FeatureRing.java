package dev.mouthpiece.worker.media.batch;

/**
 * The features of a session's speech frames that are encoded, or are about to be, and not yet rendered. They are numbered through, over
 * all segments, by a <i>sequence</i>. Belongs to the device thread.
 */
final class FeatureRing {
    private static final int CAPACITY = 128;

    private final int width;
    private final float[] features;
    private final long[] segments = new long[CAPACITY];
    private final long[] frames = new long[CAPACITY];
    private final boolean[] ready = new boolean[CAPACITY];

    private long encoded;
    private long rendered;

    /**
     * @param width numbers of one frame
     */
    FeatureRing(int width) {
        this.width = width;
        this.features = new float[CAPACITY * width];
    }

    /** The sequence of the frame that is to be encoded next. */
    long encoded() {
        return encoded;
    }

    /** How many frames are there or under way. */
    long ahead() {
        return encoded - rendered;
    }

    long room() {
        return CAPACITY - ahead();
    }

    /** A frame of a segment is on its way to be encoded. */
    void add(long segment, long frame) {
        final int at = at(encoded++);
        segments[at] = segment;
        frames[at] = frame;
        ready[at] = false;
    }

    /**
     * The features of a frame are there.
     *
     * @return whether it is the first of its segment
     */
    boolean put(long sequence, float[] from, int offset) {
        final int at = at(sequence);
        System.arraycopy(from, offset, features, at * width, width);
        ready[at] = true;
        return frames[at] == 0;
    }

    long segmentOf(long sequence) {
        return segments[at(sequence)];
    }

    /** Whether there are features to render. */
    boolean isReady() {
        return rendered < encoded && ready[at(rendered)];
    }

    /** How many frames in a row there are to render. */
    int readyCount() {
        int count = 0;
        while (rendered + count < encoded && ready[at(rendered + count)]) {
            count++;
        }
        return count;
    }

    /** The segment of the frame that is to be rendered next. */
    long nextSegment() {
        return segments[at(rendered)];
    }

    /** That frame's number in its segment. */
    long nextFrame() {
        return frames[at(rendered)];
    }

    /** The next frame goes to the renderer. */
    void take(float[] to) {
        System.arraycopy(features, at(rendered) * width, to, 0, width);
        rendered++;
    }

    /** The next frame is left out. */
    void skip() {
        rendered++;
    }

    /** All that is there, or under way, is void. */
    void clear() {
        rendered = encoded;
    }

    /**
     * Gives the features of a frame that was rendered a while ago, if it is there still.
     *
     * @param atMost how many frames back it may lie
     */
    void recall(long segment, long frame, int atMost, float[] to) {
        for (long i = rendered - 1; i >= Math.max(0, rendered - atMost); i--) {
            final int at = at(i);
            if (segments[at] == segment && frames[at] == frame) {
                System.arraycopy(features, at * width, to, 0, width);
                return;
            }
        }
    }

    private static int at(long sequence) {
        return (int) (sequence % CAPACITY);
    }
}
