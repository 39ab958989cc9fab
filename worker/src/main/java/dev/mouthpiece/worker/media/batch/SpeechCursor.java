package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.SpeechBatch;

/** Which frame of a session's speech is to be encoded next, and the sound that it is made from. Belongs to the device thread. */
final class SpeechCursor {
    /** Speech that is not encoded yet counts as plenty from here on. */
    private static final int PLENTY_SECONDS = 2;

    /** The frame of a segment of which nothing is to be encoded. */
    private static final long NONE = Long.MAX_VALUE;

    private final Manifest.Encode encode;
    private final AudioTimeline timeline;
    private final int fps;
    private final int samplesPerFrame;
    private final int offsetSamples;

    private long segment;
    private long frame;

    SpeechCursor(Manifest manifest, Manifest.Encode encode, AudioTimeline timeline) {
        this.encode = encode;
        this.timeline = timeline;
        this.fps = manifest.fps();
        this.samplesPerFrame = manifest.sampleRateHz() / fps;
        this.offsetSamples = encode.offsetMs() * manifest.sampleRateHz() / 1000;
    }

    /** Passes over all segments up to this one, which is void. */
    void passOver(long voidSegment) {
        segment = voidSegment;
        frame = NONE;
    }

    private boolean isAtSpeech() {
        return segment > 0 && frame != NONE;
    }

    boolean hasPlenty() {
        return isAtSpeech()
                && timeline.monoAfter(timeline.segment(segment), frame * samplesPerFrame)
                        > (long) PLENTY_SECONDS * fps * samplesPerFrame;
    }

    /**
     * How many frames its next window would have: 0 when there is nothing to encode yet.
     *
     * @param epoch segments of older ones are passed over
     * @param most room for their features
     */
    int framesToEncode(long epoch, long most) {
        while (true) {
            final int n = encodableFrames(most);
            if (n > 0 || !moveToNextSegment(epoch)) {
                return n;
            }
        }
    }

    private int encodableFrames(long most) {
        if (!isAtSpeech()) {
            return 0;
        }
        final Segment speech = timeline.segment(segment);
        final long samples = speech.monoEnd() - speech.monoStart();
        final long end = speech.isEnded()
                ? speech.frames(fps)
                : (samples + offsetSamples - encode.lookaheadSamples()) / samplesPerFrame;
        final long left = Math.min(end - frame, most);
        int n = 0;
        for (int i = 0; i < encode.framesPerCall().size(); i++) {
            final int choice = encode.framesPerCall().get(i);
            n = choice <= left ? choice : n;
        }
        return n;
    }

    /** From a segment whose frames are all encoded to the next that is not void. */
    private boolean moveToNextSegment(long epoch) {
        final boolean done = !isAtSpeech()
                || (timeline.segment(segment).isEnded()
                        && frame >= timeline.segment(segment).frames(fps));
        if (!done || segment >= timeline.segmentsOpened()) {
            return false;
        }
        segment++;
        frame = timeline.segment(segment).epoch() < epoch ? NONE : 0;
        return true;
    }

    /** Writes the next window's sound into a batch's row, and names its frames to the ring. */
    void encode(SpeechBatch batch, int row, FeatureRing features) {
        final Segment speech = timeline.segment(segment);
        final int window = batch.windowSamples();
        final long from = frame * samplesPerFrame - offsetSamples - encode.contextSamples();
        timeline.readMono(speech, from, batch.pcm(), row * window, window);
        for (int i = 0; i < batch.frames(); i++) {
            features.add(segment, frame);
            frame++;
        }
        timeline.releaseMono(speech, from);
    }
}
